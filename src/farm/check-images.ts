import type { Draft } from './draft.js';
import { type Finding, problem } from './finding.js';
import { show } from './quote.js';

const DIGEST = /@sha256:[0-9a-f]{64}$/;
const TAG = /:(?<tag>[\w][\w.-]{0,127})$/;
/** `host:port/path/name`, as a container runtime parses it: only the host may have capitals (distribution/reference). */
const REPOSITORY =
  /^([A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?(:\d+)?\/)?[a-z0-9]+(([._]|__|-+)[a-z0-9]+)*(\/[a-z0-9]+(([._]|__|-+)[a-z0-9]+)*)*$/;

/** What is wrong with an image reference; undefined when it names one fixed build. */
function fault(image: string): string | undefined {
  if (image.trim() === '') return 'is empty';
  const withoutDigest = image.replace(DIGEST, '');
  const tag = TAG.exec(withoutDigest.slice(withoutDigest.lastIndexOf('/') + 1))?.groups?.tag;
  const repository = tag === undefined ? withoutDigest : withoutDigest.slice(0, -tag.length - 1);
  if (!REPOSITORY.test(repository))
    return 'is no image reference (host:port/path/name, all but the host in lower case)';
  if (DIGEST.test(image)) return undefined;
  if (tag === undefined) return 'has no tag, so it is whatever is newest when a pod restarts';
  return tag === 'latest' ? 'is whatever is newest when a pod restarts' : undefined;
}

/** Images that name one build, so that a restarted pod is what it was. */
export function* checkImages({ spec }: Draft): Generator<Finding> {
  for (const [name, image] of Object.entries(spec.images ?? {})) {
    const wrong = image === undefined ? undefined : fault(image);
    if (wrong) {
      yield problem(
        `images.${name}`,
        `${name} ${show(image)} ${wrong}; name a version (repository:7.4.6) or a digest (repository@sha256:...), or leave it out`,
      );
    }
  }
}
