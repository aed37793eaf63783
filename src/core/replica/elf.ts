/** `e_machine` values of the ELF header (System V ABI, "Machine" table), by the name images use. */
const machines: Record<number, string> = { 3: '386', 40: 'arm', 62: 'amd64', 183: 'arm64', 243: 'riscv64' }

/** The processor a program is built for; undefined when it is no ELF file or an unknown machine. */
export function elfMachine(head: Uint8Array): string | undefined {
  const isElf = head.length >= 20 && head[0] === 0x7f && head[1] === 0x45 && head[2] === 0x4c && head[3] === 0x46
  if (!isElf) return undefined
  const view = new DataView(head.buffer, head.byteOffset, head.byteLength)
  const isLittleEndian = head[5] === 1
  return machines[view.getUint16(18, isLittleEndian)]
}

/** Programs of 32 bits that processors of 64 bits run too: all of these, and some of those for ARM. */
const runsToo: Record<string, string> = { amd64: '386', arm64: 'arm' }

/** Whether a program for one processor may run on a server with another; false only where it surely does not. */
export function mayRun(program: string, server: string): boolean {
  return program === server || runsToo[server] === program
}
