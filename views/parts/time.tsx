import { ago, fullTime } from '../format.ts'

/** "2 h ago", with the full time on hover; the script keeps it true. */
export function Ago({ at, now }: { at: number; now: number }) {
  return (
    <time class="num" datetime={new Date(at).toISOString()} title={fullTime(at)} data-ago>
      {ago(at, now)}
    </time>
  )
}
