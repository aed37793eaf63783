/** The strip on pages that came over http. */
export function PlainHttp() {
  return (
    <aside aria-label="Connection">
      This connection is plain http: anyone on the network between you and this server can read what is sent, passwords
      and tokens too. Use it on a network that you trust, or through an SSH tunnel.
    </aside>
  )
}
