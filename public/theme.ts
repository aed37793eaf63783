/** Runs before the first paint, so that a chosen theme never flashes. The choice is this browser's alone. */
const key = 'handcar.theme'

export type Theme = 'dark' | 'light' | 'auto'

function isTheme(value: unknown): value is Theme {
  return value === 'dark' || value === 'light' || value === 'auto'
}

export function chosenTheme(): Theme {
  try {
    const stored = localStorage.getItem(key)
    return isTheme(stored) ? stored : 'dark'
  } catch {
    // A browser may forbid storage; then every page is dark.
    return 'dark'
  }
}

export function chooseTheme(choice: string | undefined): void {
  if (!isTheme(choice)) return
  document.documentElement.dataset.theme = choice
  try {
    localStorage.setItem(key, choice)
  } catch {
    // Kept for this page only.
  }
}

document.documentElement.dataset.theme = chosenTheme()
