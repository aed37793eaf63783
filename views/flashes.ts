import type { Tone } from './words.ts'

/** What is said once after something was done. `{}` is filled with a name. */
export const flashes = {
  address_saved: { tone: 'ok', text: 'Address saved.' },
  service_created: { tone: 'ok', text: 'Service created. Push to it to deploy.' },
  service_deleted: { tone: 'ok', text: '{} is deleted. What ran of it is being taken away.' },
  service_stopped: { tone: 'ok', text: '{} is stopped. Its address answers 503 until a restart or a new deployment.' },
  settings_saved: {
    tone: 'ok',
    text: 'Settings saved. They apply with the next deployment: redeploy to apply them now.',
  },
  settings_unchanged: { tone: 'ok', text: 'Nothing was changed.' },
  token_deleted: { tone: 'ok', text: 'Token deleted. Whatever used it is refused from now on.' },
  variable_deleted: { tone: 'ok', text: '{} is removed. Redeploy to apply.' },
  variable_saved: { tone: 'ok', text: '{} is saved. Redeploy to apply.' },
  variables_saved: { tone: 'ok', text: 'Variables saved: {}. Redeploy to apply.' },
  variables_unchanged: { tone: 'ok', text: 'Nothing was changed.' },
} as const satisfies Record<string, { tone: Tone; text: string }>

export type FlashCode = keyof typeof flashes
