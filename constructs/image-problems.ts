/** An image without a fixed version would make a restarted pod another program. An undefined image is our default. */
export function imageProblems(image: string | undefined): string[] {
  if (image === undefined || image.includes('@sha256:')) return [];
  const tag = /:([^/:]+)$/.exec(image)?.[1];
  if (tag !== undefined && tag !== 'latest') return [];
  return [`image ${image} has no fixed version: name a tag other than latest, or a digest`];
}
