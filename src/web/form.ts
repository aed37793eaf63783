import type { Context } from 'hono'

/** Fields of a posted form. What is missing, or a file, is an empty text. */
export interface Form {
  text(field: string): string
  /** Whether the field came at all. */
  has(field: string): boolean
}

export async function readForm(c: Context): Promise<Form> {
  const body = new Map(Object.entries(await c.req.parseBody()))
  return {
    text(field) {
      const value = body.get(field)
      return typeof value === 'string' ? value : ''
    },
    has: (field) => body.has(field),
  }
}
