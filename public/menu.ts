const themeKey = 'handcar.theme'

/** Menus close when one looks elsewhere; themes are chosen in one; a pressed button is not pressed twice. */
export function startMenus(): void {
  document.addEventListener('click', (event) => {
    for (const menu of openMenus())
      if (!(event.target instanceof Node && menu.contains(event.target))) menu.open = false
  })
  document.addEventListener('keydown', (event) => {
    if (event.key !== 'Escape') return
    for (const menu of openMenus()) {
      menu.open = false
      menu.querySelector('summary')?.focus()
    }
  })
  startThemes()
  startSubmitting()
}

function openMenus(): HTMLDetailsElement[] {
  return [...document.querySelectorAll<HTMLDetailsElement>('details.account[open]')]
}

function startThemes(): void {
  const choices = document.querySelector<HTMLElement>('[data-themes]')
  if (choices === null) return
  choices.hidden = false
  showTheme(choices)
  choices.addEventListener('click', (event) => {
    const theme = event.target instanceof HTMLElement ? event.target.dataset.themeChoice : undefined
    if (theme === undefined) return
    document.documentElement.dataset.theme = theme
    showTheme(choices)
    try {
      localStorage.setItem(themeKey, theme)
    } catch (error) {
      // A browser may forbid storage; then the choice holds for this page only.
      console.info('the theme could not be kept', error)
    }
  })
}

function showTheme(choices: HTMLElement): void {
  for (const button of choices.querySelectorAll<HTMLElement>('[data-theme-choice]')) {
    const isChosen = button.dataset.themeChoice === document.documentElement.dataset.theme
    button.setAttribute('aria-pressed', String(isChosen))
  }
}

function startSubmitting(): void {
  document.addEventListener('submit', (event) => {
    const button = event.submitter
    // Not before the form has been read: a disabled button is not sent along.
    if (button instanceof HTMLButtonElement) setTimeout(() => button.setAttribute('disabled', ''))
  })
  window.addEventListener('pageshow', (event) => {
    if (!event.persisted) return
    for (const button of document.querySelectorAll('button[disabled]')) button.removeAttribute('disabled')
  })
}
