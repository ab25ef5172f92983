import { type FormEvent, type ReactNode, useState } from 'react';
import { useT } from './i18n.js';
import { ProblemError } from './request.js';
import { navigate, useQuery } from './router.js';
import { useSession } from './session.js';
import { Button } from './ui/button.js';
import { Field } from './ui/field.js';
import { ErrorNotice, Notice } from './ui/notice.js';
import { useToast } from './ui/toasts.js';
import { View } from './ui/view.js';

/** Only an address of this page: a link to elsewhere would take somebody along who has just logged in. */
const placeAfter = (wished: string | null): string =>
  wished?.startsWith('/') === true && !wished.startsWith('//') && !wished.startsWith('/\\') ? wished : '/';

/** @param inPlace shown where another view would be, which appears by itself afterwards */
export function LoginView({ inPlace = false }: { readonly inPlace?: boolean }): ReactNode {
  const t = useT();
  const toast = useToast();
  const query = useQuery();
  const { login, ended } = useSession();
  const [token, setToken] = useState('');
  const [busy, setBusy] = useState(false);
  const [wrong, setWrong] = useState<string>();
  const [error, setError] = useState<Error>();

  const submit = async (event: FormEvent): Promise<void> => {
    event.preventDefault();
    setError(undefined);
    setWrong(token.trim() === '' ? t('shell.login.missing') : undefined);
    if (token.trim() === '' || busy) return;
    setBusy(true);
    try {
      const { user } = await login(token.trim());
      toast({ kind: 'good', text: t('shell.login.done', { user: user ?? '' }) });
      setToken('');
      if (!inPlace) navigate(placeAfter(query.get('then')), { replace: true });
    } catch (failure) {
      if (failure instanceof ProblemError && failure.problem.status === 401) setWrong(t('shell.login.wrong'));
      else setError(failure instanceof Error ? failure : new Error(String(failure)));
    }
    setBusy(false);
  };

  return (
    <View title={t('shell.login.title')}>
      <form className="panel login" onSubmit={(event) => void submit(event)} noValidate>
        {ended ? <Notice kind="warn" title={t('shell.login.again')} /> : inPlace ? <p>{t('shell.login.why')}</p> : null}
        <Field label={t('shell.login.token')} hint={t('shell.login.hint')} error={wrong}>
          {(control) => (
            <input
              {...control}
              className="input mono"
              type="password"
              autoComplete="off"
              spellCheck={false}
              value={token}
              onChange={(event) => setToken(event.target.value)}
            />
          )}
        </Field>
        {error === undefined ? null : <ErrorNotice error={error} />}
        <div className="row">
          <Button type="submit" kind="primary" busy={busy}>
            {t('shell.login')}
          </Button>
        </div>
        <p className="muted small">
          {t('shell.login.example', { command: '' })}
          <code>kubectl create token NAME</code>
        </p>
      </form>
    </View>
  );
}
