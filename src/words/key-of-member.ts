/** A key or a flag of every member of a group by name (`databases.*.url`), with the name that `typed` has in place of `*`. */
export function keyOfMember(key: string, typed: string): string {
  const names = typed.split('.');
  const nameAt = (name: string, i: number): string => (name === '*' ? names[i] || '*' : name);
  return key.split('.').map(nameAt).join('.');
}
