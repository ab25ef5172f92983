import { Component, type ReactNode } from 'react';
import { useT } from './i18n.js';
import { Button } from './ui/button.js';
import { Notice } from './ui/notice.js';
import { View } from './ui/view.js';

interface Props {
  readonly children: ReactNode;
}
interface State {
  readonly error: Error | undefined;
}

/** A view that breaks leaves header and navigation as they are. Give it a key, and another address begins anew. */
export class ErrorBoundary extends Component<Props, State> {
  override state: State = { error: undefined };
  static getDerivedStateFromError(error: unknown): State {
    return { error: error instanceof Error ? error : new Error(String(error)) };
  }
  override render(): ReactNode {
    const { error } = this.state;
    if (!error) return this.props.children;
    return <Broken error={error} onRetry={() => this.setState({ error: undefined })} />;
  }
}

function Broken({ error, onRetry }: { readonly error: Error; readonly onRetry: () => void }): ReactNode {
  const t = useT();
  return (
    <View title={t('shell.broke')}>
      <Notice kind="bad" title={t('shell.broke.text')} live>
        <pre className="mono">{error.message}</pre>
      </Notice>
      <Button onClick={onRetry}>{t('shell.retry')}</Button>
    </View>
  );
}
