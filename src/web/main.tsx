import './styles/base.css';
import './styles/shell.css';
import './styles/ui.css';
import './styles/surfaces.css';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import type { EventsView } from '../api/schemas.js';
import { App } from './app.js';
import { firstSpeech, LanguageProvider } from './i18n.js';
import { LiveProvider } from './live.js';
import { LiveStore } from './live-store.js';
import { openStream } from './open-stream.js';
import { getJson } from './request.js';
import { SessionProvider } from './session.js';
import { applyTheme } from './theme.js';
import { takeToken } from './token-in-address.js';
import { ToastProvider } from './ui/toasts.js';

// before anything is drawn or asked: what is in the address is in screenshots and in histories
const taken = takeToken(location.hash);
if (taken) history.replaceState(null, '', `${location.pathname}${location.search}${taken.rest}`);
applyTheme();

const live = new LiveStore({
  open: openStream,
  events: () => getJson<EventsView>('/v1/events?limit=1000'),
  now: () => Date.now(),
  after: (ms, what) => {
    const timer = setTimeout(what, ms);
    return () => clearTimeout(timer);
  },
});

const place = document.getElementById('page');
const first = await firstSpeech();
if (place)
  createRoot(place).render(
    <StrictMode>
      <LanguageProvider first={first}>
        <ToastProvider>
          <LiveProvider store={live}>
            <SessionProvider>
              <App token={taken?.token} />
            </SessionProvider>
          </LiveProvider>
        </ToastProvider>
      </LanguageProvider>
    </StrictMode>,
  );
