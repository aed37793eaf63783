import { paths, type ServiceAddress } from '../paths.ts'

/** The stream that keeps a service's name and states true, on pages whose own content stands still. */
export function StateStream({ at }: { at: ServiceAddress }) {
  return <div hx-sse:connect={`${paths.service(at)}/events?only=state`} hx-swap="none" data-live hidden />
}

/**
 * The one stream of a page. Each message holds `<hx-partial>`s for the regions that changed. Without scripts there is
 * a link that asks for a page that reloads itself; nobody is reloaded unasked.
 */
export function LiveStream({ address, refreshSeconds }: { address: string; refreshSeconds: number | undefined }) {
  return (
    <>
      <div hx-sse:connect={address} hx-swap="none" data-live hidden />
      <noscript>
        <p class="hint refresh">
          {refreshSeconds === undefined ? (
            <a href="?refresh=5">Reload this page every 5 seconds</a>
          ) : (
            <a href="?">Stop reloading this page</a>
          )}
        </p>
      </noscript>
    </>
  )
}
