/** Pods of a StatefulSet carry `<name>-<10 characters>` as a label, and a label holds 63. */
const LONGEST = 52;

/** What is wrong with the name of a StatefulSet; it was derived from `said`, so that is what has to change. */
export function setNameProblems(name: string, said: string): string[] {
  if (!/^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/.test(name))
    return [
      `name ${JSON.stringify(said)} gives the object name ${JSON.stringify(name)}: use letters, digits and dashes only`,
    ];
  if (name.length > LONGEST)
    return [`name ${said} gives the object name ${name} of ${name.length} characters, ${LONGEST} at most; shorten it`];
  return [];
}
