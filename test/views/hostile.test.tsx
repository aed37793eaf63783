import { describe, expect, test } from 'vitest'
import { Diagnosis } from '../../views/deployment/diagnosis.tsx'
import { createAnsi } from '../../views/log/ansi.ts'
import { rowHtml, runtimeRowHtml, streamHtml } from '../../views/log/rows.ts'
import { deploymentPage, logOf, logsPage, selectedOf, servicePage } from './pages.tsx'
import * as sample from './samples.ts'

const hostile = [
  '<script>alert(1)</script>',
  '"><img src=x onerror=alert(1)>',
  "' onmouseover='alert(1)",
  '</title></textarea></style><svg onload=alert(1)>',
  'javascript:alert(1)',
  '\u001b]0;owned\u0007\u001b[31m<b>',
  '\u202egnp.exe\u2066',
  'a\0b\r\nSet-Cookie: x=1',
  '<hx-partial hx-target="body">owned</hx-partial>',
  '{{constructor.constructor("alert(1)")()}}',
]

/** No tag or attribute but ours: what is hostile stands there as text. */
function expectInert(html: string): void {
  expect(html).not.toMatch(/<(?:script(?![^>]*src="\/assets\/)|img|iframe|hx-partial|style)/i)
  // Between the quotes of an attribute anything may stand, as long as no quote does.
  expect(html.replace(/"[^"]*"/g, '""')).not.toMatch(/<[^>]*\son\w+=/i)
  expect(html).not.toMatch(/href="\s*javascript:/i)
}

describe.each(hostile)('%j', (text) => {
  test('as a commit, an author, a branch and an actor', () => {
    const nasty = { commitSubject: text, commitAuthor: text, branch: text, actor: text }
    const items = sample.items.map((item) => ({ ...item, deployment: { ...item.deployment, ...nasty } }))
    const [first] = items
    if (first === undefined) throw new Error('no sample')
    expectInert(String(servicePage({ items, selected: selectedOf(first) })))
    expectInert(String(deploymentPage(40, { items, selected: selectedOf({ ...first, actions: ['rollback'] }) })))
  })

  test('as names, an address and an email', () => {
    const service = sample.service({ project: text, slug: text, branch: text, environment: text })
    const summary = sample.summary({ service, url: `http://${text}` })
    expectInert(String(servicePage({ summary })))
    const selected = { ...selectedOf({ deployment: sample.live, actions: [] }), report: text }
    expectInert(String(deploymentPage(41, { summary, actor: { ...sample.ada, name: text }, selected })))
  })

  test('as a cause', () => {
    expectInert(String(<Diagnosis cause={{ title: text, why: `${text}\n${text}`, hint: `\`${text}\`\n${text}` }} />))
  })

  test('as lines of a log', () => {
    const line = { number: 1, at: 0, text }
    expectInert(rowHtml(line, createAnsi()))
    expectInert(
      streamHtml([{ ...line, text: `-----> ${text}` }, line, { ...line, text: ` !     ${text}` }], createAnsi()),
    )
    expectInert(runtimeRowHtml({ at: 0, replica: text, stream: 'stdout', text }, createAnsi()))
    expectInert(String(logsPage([{ at: 0, replica: text, stream: 'stderr', text }])))
    const item = { deployment: sample.building, actions: [] }
    expectInert(String(servicePage({ selected: selectedOf(item) })))
    expectInert(
      logOf(item, [line, { ...line, number: 2, text: `-----> ${text}` }])
        .lines.map((one) => rowHtml(one, createAnsi()))
        .join(''),
    )
  })
})
