import { type Context, Hono } from 'hono'
import { paths } from '../../../views/paths.ts'
import { EnvEditorPage } from '../../../views/variable/env-editor.tsx'
import { type VariableItem, VariablesPage, type VariablesPageProps } from '../../../views/variable/variables.tsx'
import type { Ctx } from '../../core/ctx.ts'
import type { Problem } from '../../core/problem.ts'
import type { Service } from '../../core/service/service.ts'
import { formatEnvText, parseEnvText } from '../../core/variable/env-text.ts'
import { pendingVariables } from '../../core/variable/pending.ts'
import { listVariables } from '../../core/variable/read.ts'
import { revealVariables } from '../../core/variable/reveal-variables.ts'
import { deleteVariable, saveVariables, setVariable, type VariableChanges } from '../../core/variable/save-variables.ts'
import type { Variable } from '../../core/variable/variable.ts'
import type { WebEnv, WebParts } from '../env.ts'
import { invalid } from '../errors.tsx'
import { type Form, readForm } from '../form.ts'
import { loadService, loadSummary } from '../load.ts'
import { problemsOf } from '../problems.ts'
import { wantsJson } from '../request.ts'
import { pageParts, seeOther } from '../respond.tsx'
import { canRedeploy } from '../service-view.ts'

/** Variables of one service, under its address: as rows, and as `.env` text. */
export function variablePages(parts: WebParts): Hono<WebEnv> {
  const app = new Hono<WebEnv>()
  const { ctx } = parts

  app.get('/variables', async (c) => {
    if (c.req.query('edit') !== 'env') return c.html(await rowsPage(c, parts, {}))
    const all = await revealVariables(ctx, c.get('actor'), await loadService(c, ctx))
    return c.html(await envPage(c, parts, formatEnvText(all), []))
  })

  app.post('/variables', async (c) => {
    const form = await readForm(c)
    return form.has('env_text') ? saveText(c, parts, form) : saveOne(c, parts, form)
  })

  app.post('/variables/:name/deletion', async (c) => {
    const service = await loadService(c, ctx)
    const name = c.req.param('name')
    await deleteVariable(ctx, c.get('actor'), service, name)
    return seeOther(c, variablesPath(service), 'variable_deleted', name)
  })
  return app
}

async function saveOne(c: Context<WebEnv>, parts: WebParts, form: Form): Promise<Response> {
  const service = await loadService(c, parts.ctx)
  /* Browsers send every line end of a text field as CRLF; values keep LF. */
  const typed = { name: form.text('name').trim(), value: form.text('value').replaceAll('\r\n', '\n') }
  try {
    const changes = await setVariable(parts.ctx, c.get('actor'), service, typed)
    const isSame = changes.added.length + changes.changed.length === 0
    return seeOther(c, variablesPath(service), isSame ? 'variables_unchanged' : 'variable_saved', typed.name)
  } catch (thrown) {
    const { error, problems } = problemsOf(thrown, 'invalid')
    if (wantsJson(c)) throw error
    return c.html(await rowsPage(c, parts, { typed, problems }), 422)
  }
}

async function saveText(c: Context<WebEnv>, parts: WebParts, form: Form): Promise<Response> {
  const service = await loadService(c, parts.ctx)
  const text = form.text('env_text')
  const checked = parseEnvText(text)
  if (!checked.ok) {
    if (wantsJson(c)) throw invalid('variable.not_allowed', checked.problems)
    return c.html(await envPage(c, parts, text, checked.problems), 422)
  }
  const changes = await saveVariables(parts.ctx, c.get('actor'), service, checked.value.variables)
  const told = [summaryOf(changes), duplicatesOf(checked.value.duplicates)].filter(Boolean).join('; ')
  return seeOther(c, variablesPath(service), told === '' ? 'variables_unchanged' : 'variables_saved', told)
}

function summaryOf({ added, changed, removed }: VariableChanges): string {
  const counts = { added: added.length, changed: changed.length, removed: removed.length }
  return Object.entries(counts)
    .filter(([, count]) => count > 0)
    .map(([word, count]) => `${count} ${word}`)
    .join(', ')
}

function duplicatesOf(names: string[]): string {
  return names.length === 0 ? '' : `of ${names.slice(0, 5).join(', ')}, given more than once, the last value counts`
}

async function envPage(c: Context<WebEnv>, parts: WebParts, text: string, problems: Problem[]) {
  const summary = await loadSummary(c, parts.ctx)
  return <EnvEditorPage {...pageParts(c, parts)} summary={summary} text={text} problems={problems} />
}

type Shown = Partial<Pick<VariablesPageProps, 'typed' | 'problems'>>

async function rowsPage(c: Context<WebEnv>, parts: WebParts, shown: Shown) {
  const summary = await loadSummary(c, parts.ctx)
  const revealed = await revealedValues(c, parts.ctx, summary.service)
  return (
    <VariablesPage
      {...pageParts(c, parts)}
      summary={summary}
      items={await listItems(parts.ctx, summary.service, revealed)}
      typed={{ name: '', value: '' }}
      problems={[]}
      canRedeploy={await canRedeploy(parts.ctx, summary.service)}
      {...shown}
    />
  )
}

/** `?reveal=NAME` opens one value, `?reveal_all` every one. */
async function revealedValues(c: Context<WebEnv>, ctx: Ctx, service: Service): Promise<Variable[]> {
  const name = c.req.query('reveal')
  const isAll = c.req.query('reveal_all') !== undefined
  if (c.req.method !== 'GET' || (name === undefined && !isAll)) return []
  return revealVariables(ctx, c.get('actor'), service, isAll ? undefined : name)
}

async function listItems(ctx: Ctx, service: Service, revealed: Variable[]): Promise<VariableItem[]> {
  const pending = await pendingVariables(ctx, service)
  const saved = await listVariables(ctx, service.instanceId)
  const removed = [...pending].filter(([, kind]) => kind === 'removed').map(([name]) => ({ name }))
  const values = new Map(revealed.map(({ name, value }) => [name, value]))
  return [...saved, ...removed]
    .map(({ name }) => ({ name, value: values.get(name), pending: pending.get(name) }))
    .sort((one, other) => (one.name < other.name ? -1 : 1))
}

function variablesPath(service: Service): string {
  return `${paths.service(service)}/variables`
}
