import { type Context, Hono } from 'hono'
import { paths } from '../../../views/paths.ts'
import { SettingsPage, type SettingsPageProps } from '../../../views/settings/settings.tsx'
import { parseSettings, type SettingsText, saveSettings, settingsText } from '../../core/service/settings.ts'
import type { WebEnv, WebParts } from '../env.ts'
import { invalid } from '../errors.tsx'
import { type Form, readForm } from '../form.ts'
import { loadService, loadSummary } from '../load.ts'
import { problemsOf } from '../problems.ts'
import { wantsJson } from '../request.ts'
import { pageParts, seeOther } from '../respond.tsx'
import { canRedeploy } from '../service-view.ts'

type Shown = Partial<Pick<SettingsPageProps, 'text' | 'saved' | 'problems' | 'version'>>

/** Settings of one service, under its address. */
export function settingsPages(parts: WebParts): Hono<WebEnv> {
  const app = new Hono<WebEnv>()
  const { ctx } = parts

  app.get('/settings', async (c) => c.html(await page(c, parts, {})))

  app.post('/settings', async (c) => {
    const service = await loadService(c, ctx)
    const form = await readForm(c)
    const text = typedSettings(form, settingsText(service.settings))
    const checked = parseSettings(text)
    if (!checked.ok) {
      if (wantsJson(c)) throw invalid('service.settings_not_allowed', checked.problems)
      const seen = seenVersion(form) ?? service.settingsVersion
      return c.html(await page(c, parts, { text, problems: checked.problems, version: seen }), 422)
    }
    try {
      await saveSettings(ctx, c.get('actor'), service, checked.value, seenVersion(form))
      return seeOther(c, `${paths.service(service)}/settings`, 'settings_saved')
    } catch (thrown) {
      const { error, problems } = problemsOf(thrown, 'conflict')
      if (wantsJson(c)) throw error
      const { settings, settingsVersion } = await loadService(c, ctx)
      const shown = { text, problems, saved: settingsText(settings), version: settingsVersion }
      return c.html(await page(c, parts, shown), 409)
    }
  })
  return app
}

async function page(c: Context<WebEnv>, parts: WebParts, shown: Shown) {
  const summary = await loadSummary(c, parts.ctx)
  const { settings, settingsVersion } = summary.service
  return (
    <SettingsPage
      {...pageParts(c, parts)}
      summary={summary}
      text={settingsText(settings)}
      version={settingsVersion}
      saved={undefined}
      problems={[]}
      canRedeploy={await canRedeploy(parts.ctx, summary.service)}
      {...shown}
    />
  )
}

/** A field that did not come keeps what is saved: a script may send one alone. One that came empty is the default. */
function typedSettings(form: Form, saved: SettingsText): SettingsText {
  const read = (field: string, kept: string) => (form.has(field) ? form.text(field) : kept)
  return {
    port: read('port', saved.port),
    healthPath: read('health_path', saved.healthPath),
    healthTimeout: read('health_timeout', saved.healthTimeout),
    startCommand: read('start_command', saved.startCommand),
    rootDirectory: read('root_directory', saved.rootDirectory),
    replicas: read('replicas', saved.replicas),
    memory: read('memory', saved.memory),
    cpu: read('cpu', saved.cpu),
  }
}

/** Version of the settings that the form was made from; a script may leave it out. */
function seenVersion(form: Form): number | undefined {
  const version = form.text('version')
  return /^\d{1,9}$/.test(version) ? Number(version) : undefined
}
