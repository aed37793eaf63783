import { type Context, Hono } from 'hono'
import { TokensPage, type TokensProps } from '../../../views/account/tokens.tsx'
import { paths } from '../../../views/paths.ts'
import { createToken, deleteToken, listTokens } from '../../core/account/token.ts'
import type { WebEnv, WebParts } from '../env.ts'
import { readForm } from '../form.ts'
import { problemsOf } from '../problems.ts'
import { wantsJson } from '../request.ts'
import { pageParts, seeOther } from '../respond.tsx'

export function tokenPages(parts: WebParts): Hono<WebEnv> {
  const app = new Hono<WebEnv>()
  const { ctx } = parts

  app.get('/', async (c) => c.html(await page(c, parts, {})))

  app.post('/', async (c) => {
    const name = (await readForm(c)).text('name')
    try {
      const token = await createToken(ctx, c.get('actor'), name)
      return c.html(await page(c, parts, { created: { name: name.trim(), token } }))
    } catch (thrown) {
      const { error, problems } = problemsOf(thrown, 'invalid')
      if (wantsJson(c)) throw error
      return c.html(await page(c, parts, { name, problems }), 422)
    }
  })

  app.post('/:id/deletion', async (c) => {
    await deleteToken(ctx, c.get('actor'), c.req.param('id'))
    return seeOther(c, paths.tokens, 'token_deleted')
  })
  return app
}

async function page(c: Context<WebEnv>, parts: WebParts, shown: Partial<TokensProps>) {
  const tokens = await listTokens(parts.ctx, c.get('actor'))
  const now = parts.ctx.clock.now()
  return (
    <TokensPage
      {...pageParts(c, parts)}
      tokens={tokens}
      created={undefined}
      name=""
      problems={[]}
      now={now}
      {...shown}
    />
  )
}
