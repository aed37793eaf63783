import { raw } from 'hono/html'
import type { Child, PropsWithChildren } from 'hono/jsx'
import type { Actor } from '../../src/core/actor.ts'
import { ids } from '../ids.ts'
import { Avatar } from '../parts/avatar.tsx'
import { Icon, IconSprite, Logo } from '../parts/icon.tsx'
import { Notice } from '../parts/notice.tsx'
import { paths } from '../paths.ts'
import type { Tone } from '../words.ts'

/** The part of the web floor's `Assets` that views need. */
export interface AssetUrls {
  url(name: string): string
}

export interface Crumb {
  label: string
  /** The last one, this page, has none. */
  href?: string
}

export type PageProps = PropsWithChildren<{
  /** Of the browser's tab; " · Handcar" is added. */
  title: string
  assets: AssetUrls
  /** Undefined when signed out: then there is no top bar. */
  actor?: Actor | undefined
  crumbs?: Crumb[]
  /** A standing strip under the top bar, e.g. what http means. */
  banner?: Child
  /** What just happened, shown once. */
  flash?: { tone: Tone; text: string } | undefined
  /** Under the top bar, over the full width: tabs of a project. */
  sub?: Child
  width?: 'full' | 'mid' | 'narrow' | 'service'
  /** Scripts beyond `app.js`, e.g. `editor.js`. */
  scripts?: string[]
  /** Seconds; for readers without scripts who asked to be kept up to date. */
  refreshSeconds?: number | undefined
  /** Body of pages without top bar: they bring their own `<main id="main">`. */
  bare?: boolean
}>

/** What each page gets from the request, whatever it shows. */
export type Frame = Pick<PageProps, 'assets' | 'actor' | 'banner' | 'flash'>

/** Attributes that a morph leaves to the reader: a menu that is open stays open. */
const morphIgnore = ['data-htmx-powered', 'open']
const htmxConfig = JSON.stringify({
  noSwap: [204, 304, '5xx'],
  includeIndicatorCSS: false,
  history: false,
  morphIgnore,
})

/** Of the browser's tab, also after a live update. */
export function tabTitle(title: string): string {
  return `${title} · Handcar`
}

/** Every page: one document, one style sheet, its scripts, one `<h1>` that the page itself brings. */
export function Page(props: PageProps) {
  return (
    <>
      {raw('<!doctype html>')}
      <html lang="en" data-theme="dark">
        <head>
          <meta charset="utf-8" />
          <meta name="viewport" content="width=device-width, initial-scale=1" />
          <meta name="color-scheme" content="dark light" />
          <meta name="htmx-config" content={htmxConfig} />
          {props.refreshSeconds === undefined ? null : (
            <meta http-equiv="refresh" content={String(props.refreshSeconds)} />
          )}
          <title>{tabTitle(props.title)}</title>
          <link rel="icon" href={props.assets.url('favicon.svg')} type="image/svg+xml" />
          <link
            rel="preload"
            href={props.assets.url('inter-latin-wght-normal.woff2')}
            as="font"
            type="font/woff2"
            crossorigin="anonymous"
          />
          <script src={props.assets.url('theme.js')} />
          <link rel="stylesheet" href={props.assets.url('app.css')} />
          <script src={props.assets.url('app.js')} defer />
          {props.scripts?.map((script) => (
            <script src={props.assets.url(script)} defer />
          ))}
        </head>
        <body>
          <IconSprite />
          <a class="skip" href={`#${ids.main}`}>
            Skip to content
          </a>
          {props.bare ? props.children : <Framed {...props} />}
        </body>
      </html>
    </>
  )
}

function Framed(props: PageProps) {
  const width = props.width === undefined || props.width === 'full' ? '' : ` ${props.width}`
  return (
    <>
      <header class="top">
        <a class="logo" href="/" aria-label="Handcar, all projects">
          <Logo size={26} />
          {props.actor === undefined ? 'Handcar' : null}
        </a>
        {props.crumbs === undefined ? <span class="grow" /> : <Crumbs crumbs={props.crumbs} />}
        {props.actor === undefined ? null : <AccountMenu actor={props.actor} />}
      </header>
      <div class="strip" id={ids.connection} role="status" hidden />
      {props.banner === undefined ? null : <div class="strip plain">{props.banner}</div>}
      {props.sub === undefined ? null : <div class="sub">{props.sub}</div>}
      <form id={ids.actForm} method="post" hidden />
      <main id={ids.main} class={`main${width}`}>
        {props.flash === undefined ? null : (
          <Notice tone={props.flash.tone} isNew>
            {props.flash.text}
          </Notice>
        )}
        {props.children}
      </main>
    </>
  )
}

function Crumbs({ crumbs }: { crumbs: Crumb[] }) {
  return (
    <nav aria-label="Breadcrumb" class="grow">
      <ol class="crumbs">
        {crumbs.map((crumb) => (
          <li>
            {crumb.href === undefined ? (
              <span class="crumb" aria-current="page">
                <span title={crumb.label}>{crumb.label}</span>
              </span>
            ) : (
              <a class="crumb" href={crumb.href}>
                <span title={crumb.label}>{crumb.label}</span>
              </a>
            )}
          </li>
        ))}
      </ol>
    </nav>
  )
}

function AccountMenu({ actor }: { actor: Actor }) {
  return (
    <details class="account">
      <summary>
        <Avatar name={actor.name} />
        <span class="sr">Account: {actor.name}</span>
      </summary>
      <div class="menu">
        <p class="sm cut">{actor.name}</p>
        <a href={paths.projects}>
          <Icon name="list" small />
          Projects
        </a>
        <a href={paths.tokens}>
          <Icon name="key" small />
          API tokens
        </a>
        <form method="post" action={paths.logout}>
          <button type="submit">
            <Icon name="back" small />
            Sign out
          </button>
        </form>
        <div class="themes" data-themes hidden>
          {['dark', 'light', 'auto'].map((theme) => (
            <button type="button" data-theme-choice={theme} aria-pressed="false">
              {theme === 'auto' ? 'System' : theme === 'dark' ? 'Dark' : 'Light'}
            </button>
          ))}
        </div>
      </div>
    </details>
  )
}
