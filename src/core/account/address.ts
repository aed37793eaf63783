import { isIPv4 } from 'node:net'
import { networkInterfaces } from 'node:os'
import { transaction } from '../../kernel/db.ts'
import { HandcarError } from '../../kernel/errors.ts'
import { isRoutableHost } from '../../ports/reverse-proxy.ts'
import type { Actor } from '../actor.ts'
import { type Ctx, type Reader, type Tx, tellWanted } from '../ctx.ts'
import { recordEventIn } from '../event/store.ts'
import type { Checked, Problem } from '../problem.ts'
import { readSettings, removeSettingIn, writeSettingIn } from './store.ts'

/** Where the panel and the apps are reached from outside. */
export interface Address {
  /** Own host name of the panel, once one is set. */
  panelHost: string | undefined
  /** Its own name has led to the panel at least once, so that the catch-all route is no longer needed. */
  isPanelAnswered: boolean
  /** Apps are `label.appsHost`. */
  appsHost: string
  /** The address of this server as far as known: an IPv4, or `localhost`. */
  serverHost: string
  scheme: 'http' | 'https'
  /** Port of the scheme's entry point; part of an address only when it is not 80 or 443. */
  port: number
  /** Without a slash at the end. */
  panelUrl: string
}

export async function readAddress(ctx: Ctx, reader: Reader = ctx.db): Promise<Address> {
  const saved = await readSettings(reader, ['panel_host', 'apps_host', 'server_host', 'panel_answered'])
  const serverHost = saved.get('server_host') ?? hostOfMachine(networkInterfaces())
  const panelHost = saved.get('panel_host')
  const address = {
    panelHost,
    isPanelAnswered: panelHost !== undefined && saved.get('panel_answered') === panelHost,
    appsHost: saved.get('apps_host') ?? temporaryHost(serverHost),
    serverHost,
    scheme: 'http' as const,
    port: ctx.config.httpPort,
  }
  return { ...address, panelUrl: urlOf(panelHost ?? serverHost, address) }
}

/** Address of a host behind the proxy; the port shows only where it must. */
export function urlOf(host: string, address: Pick<Address, 'scheme' | 'port'>): string {
  const usual = address.scheme === 'http' ? 80 : 443
  return `${address.scheme}://${host}${address.port === usual ? '' : `:${address.port}`}`
}

/** A name without any DNS of one's own: `203-0-113-10.sslip.io`; on loopback `localhost`. */
export function temporaryHost(serverHost: string): string {
  if (!isIPv4(serverHost) || serverHost.startsWith('127.')) return 'localhost'
  return `${serverHost.replaceAll('.', '-')}.sslip.io`
}

/** First IPv4 address that is neither loopback nor of a bridge of ours or Docker's; `localhost` if there is none. */
export function hostOfMachine(interfaces: ReturnType<typeof networkInterfaces>): string {
  for (const [name, addresses] of Object.entries(interfaces)) {
    if (/^(?:docker|br-|veth|hc-)/.test(name)) continue
    const found = addresses?.find(({ family, internal }) => family === 'IPv4' && !internal)
    if (found) return found.address
  }
  return 'localhost'
}

/** What the request's own host tells of this server: an IPv4 or loopback is remembered, a name is not. */
export function serverHostFrom(requestHost: string): string | undefined {
  const host = requestHost.replace(/:\d+$/, '').toLowerCase()
  if (host === 'localhost' || host.endsWith('.localhost') || host === '[::1]') return 'localhost'
  if (!isIPv4(host)) return undefined
  return host.startsWith('127.') ? 'localhost' : host
}

/** Of an app, with the dot behind it: every app must fit in front of the apps' host. */
const longestLabel = `${'a'.repeat(63)}.`

export interface AddressInput {
  panelHost: string
  appsHost: string
}

/** Empty means none. `*.apps.example.com` is understood as `apps.example.com`. */
export function checkAddress(input: AddressInput): Checked<{ panelHost?: string; appsHost?: string }> {
  const panelHost = input.panelHost.trim().toLowerCase().replace(/\.$/, '')
  const appsHost = input.appsHost.trim().toLowerCase().replace(/^\*\./, '').replace(/\.$/, '')
  const problems: Problem[] = []
  if (panelHost !== '' && !isRoutableHost(panelHost)) {
    problems.push({ field: 'panel_host', message: 'Dashboard must be a host name such as handcar.example.com' })
  }
  if (appsHost !== '' && !(isRoutableHost(appsHost) && isRoutableHost(longestLabel + appsHost))) {
    problems.push({ field: 'apps_host', message: 'Apps must be a host name such as apps.example.com' })
  }
  if (problems.length > 0) return { ok: false, problems }
  return { ok: true, value: { ...(panelHost && { panelHost }), ...(appsHost && { appsHost }) } }
}

/** Saves both names; a name left out goes back to the temporary one. */
export async function setAddress(
  ctx: Ctx,
  actor: Actor,
  address: { panelHost?: string | undefined; appsHost?: string | undefined },
): Promise<void> {
  const checked = checkAddress({ panelHost: address.panelHost ?? '', appsHost: address.appsHost ?? '' })
  if (!checked.ok) throw hostNotAllowed(checked.problems)
  const { panelHost, appsHost } = checked.value
  await transaction(ctx.db, async (tx) => {
    const willServe = appsHost ?? temporaryHost((await readAddress(ctx, tx)).serverHost)
    if (panelHost !== undefined && (await isAppIn(tx, panelHost, willServe))) throw hostTaken(panelHost)
    if (panelHost === undefined) await removeSettingIn(tx, 'panel_host')
    else await writeSettingIn(tx, 'panel_host', panelHost)
    if (appsHost === undefined) await removeSettingIn(tx, 'apps_host')
    else await writeSettingIn(tx, 'apps_host', appsHost)
    await recordEventIn(tx, {
      teamId: actor.teamId,
      kind: 'address.changed',
      subjectId: ctx.installId,
      actor: actor.name,
      detail: { panelHost: panelHost ?? null, appsHost: appsHost ?? null },
      at: ctx.clock.now(),
    })
  })
  await tellEveryRoute(ctx)
}

/** Remembers by which address the owner reached this server. */
export async function rememberServerHost(ctx: Ctx, requestHost: string): Promise<void> {
  const host = serverHostFrom(requestHost)
  if (host === undefined) return
  await transaction(ctx.db, (tx) => writeSettingIn(tx, 'server_host', host))
}

/** The panel's own name has led here: its catch-all route may go. */
export async function markPanelAnswered(ctx: Ctx): Promise<void> {
  const { panelHost, isPanelAnswered } = await readAddress(ctx)
  if (panelHost === undefined || isPanelAnswered) return
  await transaction(ctx.db, (tx) => writeSettingIn(tx, 'panel_answered', panelHost))
  await tellEveryRoute(ctx)
}

/** Host names are part of every route, so each instance is looked at again. */
async function tellEveryRoute(ctx: Ctx): Promise<void> {
  const rows = await ctx.db.selectFrom('instance').select('id').execute()
  for (const { id } of rows) tellWanted(ctx, id)
}

/** Two routes with one host name would fight: the panel keeps off the names of services. */
async function isAppIn(tx: Tx, panelHost: string, appsHost: string): Promise<boolean> {
  if (!panelHost.endsWith(`.${appsHost}`)) return false
  const label = panelHost.slice(0, -appsHost.length - 1)
  return (await tx.selectFrom('instance').select('id').where('hostLabel', '=', label).executeTakeFirst()) !== undefined
}

function hostTaken(host: string): HandcarError {
  return new HandcarError({
    code: 'address.taken',
    kind: 'invalid',
    field: 'panel_host',
    message: `${host} is the address of one of your services already`,
    hint: 'Choose another name for the dashboard',
  })
}

function hostNotAllowed(problems: Problem[]): HandcarError {
  const [first] = problems
  return new HandcarError({
    code: 'address.not_allowed',
    kind: 'invalid',
    message: first?.message ?? 'The address is not a host name',
    ...(first && { field: first.field }),
    hint: 'Use letters, numbers, hyphens and dots, without http:// and without a port',
  })
}
