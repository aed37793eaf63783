// Runs before the first paint, so that a chosen theme never flashes. The choice is this browser's alone.
;(() => {
  let theme
  try {
    theme = localStorage.getItem('handcar.theme')
  } catch {
    // A browser may forbid storage; then every page is dark.
  }
  if (theme === 'light' || theme === 'auto') document.documentElement.dataset.theme = theme
})()
