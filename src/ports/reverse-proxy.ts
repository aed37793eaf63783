/**
 * What leads requests to replicas. It goes on for ever without Handcar.
 * One call carries the whole table: there is no partial update that a crash could leave half done.
 */
export interface ReverseProxy {
  /**
   * Writes the table and resolves when the proxy serves it on every entry point.
   * Throws `timeout` when it is not confirmed in time (the file then holds the new table all the same),
   * `invalid` when the table breaks a rule; nothing is written then.
   */
  publish(table: RouteTable): Promise<void>
  /** True when the file on disk is exactly this table and the proxy serves its generation. */
  serves(table: RouteTable): Promise<boolean>
}

export interface RouteTable {
  /** Counts up with every change. */
  generation: number
  panel: PanelRoute
  services: ServiceRoute[]
}

export interface PanelRoute {
  /** Panel listens here on loopback. */
  port: number
  /** Own host name of the panel, if one is set. */
  host: string | undefined
  /** Answer every unknown host with the panel: until its own name has answered once. */
  catchAll: boolean
}

export interface ServiceRoute {
  /** Stable over deployments. */
  instanceId: string
  /** Lower-case host names; no two services may share one. */
  hosts: string[]
  /** Only replicas seen healthy. Empty: the address answers 503. */
  targets: RouteTarget[]
}

export interface RouteTarget {
  address: string
  port: number
}
