import fc from 'fast-check'

/** While one works, properties are tried on new values each time; a run that decides tries the same ones. */
const decides = process.env.CI === 'true'

if (decides) fc.configureGlobal({ seed: 20_261_121 })
