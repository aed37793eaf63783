import { initials } from '../format.ts'

const looks = ['', 'b', 'c']

/** Two letters in a colour that stays the same for a name. */
export function Avatar({ name, small }: { name: string; small?: boolean }) {
  const sum = [...name].reduce((total, letter) => total + (letter.codePointAt(0) ?? 0), 0)
  const look = ['avatar', small ? 's' : '', looks[sum % looks.length]].filter(Boolean).join(' ')
  return (
    <span class={look} aria-hidden="true">
      {initials(name)}
    </span>
  )
}
