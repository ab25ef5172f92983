export type { EventFilter } from './event-ring.js';
export type { Health } from './health.js';
export { type LineSink, LOG_LEVELS, type LogLevel } from './logger.js';
export { type HealthParts, type HealthServer, serveHealth } from './serve-health.js';
export { createVoice, type Voice, type VoiceParts } from './voice.js';
export type { VoiceEvent } from './voice-event.js';
