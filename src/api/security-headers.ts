import helmet from '@fastify/helmet';
import type { FastifyInstance } from 'fastify';

/** Nothing from elsewhere, nothing inline; styles set by scripts go through the CSSOM, which needs no leave. */
const DIRECTIVES = {
  'default-src': ["'self'"],
  'script-src': ["'self'"],
  'style-src': ["'self'"],
  'img-src': ["'self'", 'data:'],
  'connect-src': ["'self'"],
  'object-src': ["'none'"],
  'base-uri': ["'none'"],
  'form-action': ["'self'"],
  'frame-ancestors': ["'none'"],
};

/** The page of the API's documentation is drawn by RapiDoc, which writes style attributes. */
export const DOCS_HELMET = {
  contentSecurityPolicy: {
    useDefaults: false,
    directives: { ...DIRECTIVES, 'style-src': ["'self'", "'unsafe-inline'"] },
  },
};

/** For everything but addresses, which no browser draws and which are asked for 10,000 times a second. */
export async function registerSecurityHeaders(app: FastifyInstance): Promise<void> {
  await app.register(helmet, {
    contentSecurityPolicy: { useDefaults: false, directives: DIRECTIVES },
    // Whoever ends TLS in front of us says it; on a plain port it would be a promise that nobody keeps.
    strictTransportSecurity: false,
    xFrameOptions: { action: 'deny' },
    referrerPolicy: { policy: 'no-referrer' },
  });
}
