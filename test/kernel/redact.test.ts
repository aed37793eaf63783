import { describe, expect, test } from 'vitest'
import { createRedactor } from '../../src/kernel/redact.ts'

describe('the redactor', () => {
  const redact = createRedactor({
    TOKEN: 'hunter2-hunter2',
    PEM: 'line-one-x\nline-two-y',
    SHORT: 'on',
    MONEY: '$&$1-secret',
  })
  const cases: Array<[string, string]> = [
    ['token hunter2-hunter2 here', 'token [TOKEN] here'],
    [`basic ${Buffer.from('hunter2-hunter2').toString('base64')}`, 'basic [TOKEN]'],
    ['first line-one-x', 'first [PEM]'],
    ['then line-two-y', 'then [PEM]'],
    ['the switch is on', 'the switch is on'],
    [`url ${encodeURIComponent('$&$1-secret')}`, 'url [MONEY]'],
    ['plain $&$1-secret', 'plain [MONEY]'],
  ]
  test.each(cases)('%j becomes %j', (text, expected) => expect(redact(text)).toBe(expected))
})
