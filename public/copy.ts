const saidForMs = 1_600

/** Buttons that copy what their wrapper carries. They are hidden until this runs. */
export function startCopying(): void {
  show(document)
  document.addEventListener('htmx:after:swap', () => show(document))
  document.addEventListener('click', (event) => {
    const button = event.target instanceof Element ? event.target.closest('[data-do="copy"]') : null
    const text = button?.closest<HTMLElement>('[data-copy]')?.dataset.copy
    if (button instanceof HTMLElement && text !== undefined) void copy(button, text)
  })
}

function show(root: ParentNode): void {
  for (const wrapper of root.querySelectorAll<HTMLElement>('[data-copy][hidden]')) wrapper.hidden = false
}

async function copy(button: HTMLElement, text: string): Promise<void> {
  const isDone = await write(text)
  if (button.classList.contains('did')) return
  const label = button.getAttribute('aria-label') ?? ''
  const putBack = isDone ? sayInside(button, 'Copied') : undefined
  button.setAttribute('aria-label', isDone ? 'Copied' : 'Select the text and copy it by key')
  button.setAttribute('aria-live', 'polite')
  button.classList.add('did')
  setTimeout(() => {
    button.setAttribute('aria-label', label)
    button.classList.remove('did')
    putBack?.()
  }, saidForMs)
}

/** Other words on a button that has some; it keeps its width. One with an icon alone shows its label beside it. */
function sayInside(button: HTMLElement, said: string): (() => void) | undefined {
  const words = [...button.childNodes].find((node) => node instanceof Text && node.data.trim() !== '')
  if (words === undefined) return undefined
  const before = words.textContent
  button.style.minWidth = `${button.offsetWidth}px`
  words.textContent = said
  return () => {
    words.textContent = before
    button.style.minWidth = ''
  }
}

/** Browsers give the clipboard to https and localhost only; a panel on plain http takes the older way. */
async function write(text: string): Promise<boolean> {
  if (navigator.clipboard !== undefined) {
    return navigator.clipboard.writeText(text).then(
      () => true,
      () => writeBySelection(text),
    )
  }
  return writeBySelection(text)
}

function writeBySelection(text: string): boolean {
  const area = document.createElement('textarea')
  area.value = text
  area.className = 'sr'
  document.body.append(area)
  const focused = document.activeElement
  area.select()
  const done = document.execCommand('copy')
  area.remove()
  if (focused instanceof HTMLElement) focused.focus()
  return done
}
