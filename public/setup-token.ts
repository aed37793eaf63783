/**
 * The installer's link carries the setup token behind `#`, where no server and no log sees it. It goes into the form,
 * and out of the address bar with its history.
 */
export function startSetupToken(): void {
  const field = document.querySelector<HTMLInputElement>('form[data-setup-token] input[name="token"]')
  const token = decodeURIComponent(location.hash.slice(1))
  if (field === null || !/^[0-9A-Za-z-]{8,64}$/.test(token)) return
  field.value = token
  history.replaceState(null, '', location.pathname)
}
