import { median, percentile, rounded } from './statistics.ts'

/** One figure, as it is written to the file. */
export interface Measure {
  name: string
  value: number
  unit: string
  /** What the value should be; empty where it only tells. */
  goal: string
  n: number
  samples: number[]
  /** The same by hand, paired with `samples`; empty where there is no floor. */
  floorSamples: number[]
  /** What else is worth knowing: reasons of failures, parts of a sum. */
  detail?: Record<string, unknown>
}

export type Part = Omit<Measure, 'n' | 'floorSamples'> & Partial<Pick<Measure, 'n' | 'floorSamples'>>

export function measure(part: Part): Measure {
  const { samples, floorSamples = [] } = part
  const short = (values: number[]) => values.map((value) => rounded(value, 2))
  return {
    ...part,
    value: rounded(part.value, 3),
    n: part.n ?? samples.length,
    samples: short(samples),
    floorSamples: short(floorSamples),
  }
}

/** Median over the pairs of ours ÷ floor, so that a slow minute of the machine counts for both. */
export function ratio(name: string, goal: string, samples: number[], floorSamples: number[]): Measure {
  const ratios = samples.map((ours, at) => ours / (floorSamples[at] ?? Number.NaN))
  const detail = {
    ratioOfMedians: rounded(median(samples) / median(floorSamples), 3),
    medianMs: rounded(median(samples), 1),
    floorMedianMs: rounded(median(floorSamples), 1),
    medianDifferenceMs: rounded(median(samples.map((ours, at) => ours - (floorSamples[at] ?? Number.NaN))), 1),
    ratios: ratios.map((each) => rounded(each, 3)),
  }
  return measure({ name, value: median(ratios), unit: 'ratio', goal, samples, floorSamples, detail })
}

/** The figures as a person reads them. */
export function tableOf(measures: readonly Measure[]): string {
  const head = ['measure', 'value', 'unit', 'goal', 'n', 'samples: median (min–p90)', 'floor: median (min–p90)']
  const rows = measures.map(({ name, value, unit, goal, n, samples, floorSamples }) => [
    name,
    String(value),
    unit,
    goal,
    String(n),
    spread(samples),
    spread(floorSamples),
  ])
  const widths = head.map((title, at) => Math.max(title.length, ...rows.map((row) => row[at]?.length ?? 0)))
  const line = (row: string[]) => row.map((cell, at) => cell.padEnd(widths[at] ?? 0)).join('  ')
  return [line(head), widths.map((width) => '─'.repeat(width)).join('  '), ...rows.map(line)]
    .map((each) => each.trimEnd())
    .join('\n')
}

function spread(samples: readonly number[]): string {
  if (samples.length === 0) return '–'
  const shown = (value: number) => (value >= 100 ? value.toFixed(0) : value.toFixed(2))
  return `${shown(median(samples))} (${shown(Math.min(...samples))}–${shown(percentile(samples, 0.9))})`
}
