import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { createAnsi } from '../../views/log/ansi.ts'

const esc = '\u001b'
const render = (...lines: string[]) => lines.map(createAnsi())

describe('terminal output', () => {
  test.each([
    ['plain text', 'hello', 'hello'],
    ['a colour', `${esc}[31mred${esc}[0m and not`, '<span class="a1">red</span> and not'],
    ['a bright colour', `${esc}[91mred${esc}[39m`, '<span class="a1">red</span>'],
    ['bold in a colour', `${esc}[1;32mok`, '<span class="a2 ab">ok</span>'],
    ['the end of bold', `${esc}[1mb${esc}[22mn`, '<span class="ab">b</span>n'],
    ['one of 256 colours', `${esc}[38;5;196mred`, '<span class="a1">red</span>'],
    ['a grey of the 256', `${esc}[38;5;240mgrey`, '<span class="a0">grey</span>'],
    ['a true colour', `${esc}[38;2;30;200;220mcyan`, '<span class="a6">cyan</span>'],
    ['a background, which is left out', `${esc}[41;33mwarn${esc}[48;5;9m!`, '<span class="a3">warn!</span>'],
    ['a colour behind a background', `${esc}[48;2;1;2;3;35mx`, '<span class="a5">x</span>'],
    ['colons for semicolons', `${esc}[38:5:4mblue`, '<span class="a4">blue</span>'],
    ['a line that is written again', '10%\r50%\r100%', '100%'],
    ['a shorter line over a longer one', 'progress\rdone', 'doneress'],
    ['a line that is erased first', `progress\r${esc}[Kdone`, 'done'],
    ['a line that is erased whole', `progress${esc}[2K\rdone`, 'done'],
    ['moves within the line', `ab${esc}[1Dc${esc}[5Gd`, 'ac  d'],
    ['a backspace', 'ab\bc', 'ac'],
    ['a tab', 'a\tb', 'a\tb'],
    ['moves to other lines, which are dropped', `${esc}[2Aup${esc}[1;1Hhome${esc}[J`, 'uphome'],
    ['an emoji', 'ok 🚂', 'ok 🚂'],
  ])('plays %s', (_, text, html) => {
    expect(render(text)).toEqual([html])
  })

  test('keeps a colour over lines until it ends', () => {
    expect(render(`${esc}[33mone`, 'two', `three${esc}[m`, 'four')).toEqual([
      '<span class="a3">one</span>',
      '<span class="a3">two</span>',
      '<span class="a3">three</span>',
      'four',
    ])
  })

  test.each([
    ['markup', '<script>alert(1)</script>', '&lt;script&gt;alert(1)&lt;/script&gt;'],
    ['quotes and ampersands', `"a" & 'b'`, '&quot;a&quot; &amp; &#39;b&#39;'],
    ['markup in a colour', `${esc}[31m<b>`, '<span class="a1">&lt;b&gt;</span>'],
    ['markup made by rewriting', '<bold>\r<i', '&lt;iold&gt;'],
    ['a window title', `${esc}]0;owned\u0007after`, 'after'],
    ['a link', `${esc}]8;;javascript:alert(1)${esc}\\click${esc}]8;;${esc}\\`, 'click'],
    ['a title that never ends', `before${esc}]0;<b>the rest`, 'before'],
    ['a device string', `${esc}Pq#0;2;0;0;0${esc}\\ok`, 'ok'],
    ['the one-character forms', '\u009d0;title\u009cok\u009b31mred', 'ok<span class="a1">red</span>'],
    ['zeros and bells', 'a\0b\u0007c\u007f', 'abc'],
    ['a lone escape at the end', `x${esc}`, 'x'],
    ['half a sequence at the end', `x${esc}[31`, 'x31'],
    ['an override of the direction', 'user\u202egnp.exe', 'user\ufffdgnp.exe'],
    ['half a surrogate', 'a\ud800b', 'a\ud800b'],
  ])('leaves %s without power', (_, text, html) => {
    expect(render(text)).toEqual([html])
  })

  test('cuts a line at 16 KB and says so', () => {
    const [html = ''] = render('x'.repeat(20_000))
    expect(html).toContain('cut at 16 KB')
    expect(html.length).toBeLessThan(17_000)
  })

  test('cannot be moved far to the right to eat memory', () => {
    const [html = ''] = render(`${esc}[999999999Cx`)
    expect(html.length).toBeLessThan(17_000)
  })

  test('gives nothing but our own spans, whatever comes', () => {
    const nasty = fc.array(
      fc.oneof(
        fc.constantFrom(esc, '[', ']', '<', '>', '&', '"', ';', 'm', 'K', '\r', '\b', '\u0007', '\u009b', '31', '38'),
        fc.string({ unit: 'binary', maxLength: 8 }),
      ),
      { maxLength: 60 },
    )
    fc.assert(
      fc.property(nasty, (parts) => {
        const [html = ''] = render(parts.join(''))
        const rest = html.replace(/<span class="[a-z0-7 ]+">|<\/span>|&(?:amp|lt|gt|quot|#39);/g, '')
        expect(rest).not.toMatch(/[<>&"'\u0000-\u0008\u000b-\u001f\u007f-\u009f\u202a-\u202e]/)
        expect(html.match(/<span/g)?.length ?? 0).toBe(html.match(/<\/span>/g)?.length ?? 0)
      }),
    )
  })
})
