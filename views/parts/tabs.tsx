export interface Tab {
  name: string
  href: string
  count?: number | undefined
}

/** Tabs are links to real pages. */
export function Tabs({ label, tabs, current }: { label: string; tabs: Tab[]; current: string }) {
  return (
    <nav class="tabs" aria-label={label}>
      {tabs.map((tab) => (
        <a class="tab" href={tab.href} aria-current={tab.name === current ? 'page' : undefined}>
          {tab.name}
          {tab.count === undefined ? null : <span class="count num">{tab.count}</span>}
        </a>
      ))}
    </nav>
  )
}
