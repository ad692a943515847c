/** A part of the page that is loaded when it is first looked at, and what is shown if it cannot be. */
import { Component, Suspense, type ReactNode } from 'react';

interface Props {
  children: ReactNode;
  /** What the part would say, and is not lost with it. */
  notice?: string | undefined;
}

/** A class, because no hook can catch what a child throws. */
export class Later extends Component<Props, { isLost: boolean }> {
  override state = { isLost: false };

  static getDerivedStateFromError() {
    return { isLost: true };
  }

  override render() {
    if (!this.state.isLost) return <Suspense fallback={<div aria-busy="true" />}>{this.props.children}</Suspense>;
    return (
      <p role="alert" className="error all">
        {this.props.notice} This part of the page cannot be loaded: the connection is lost, or the page is of an earlier version.{' '}
        <button type="button" className="link" onClick={() => window.location.reload()}>
          Reload the page
        </button>
      </p>
    );
  }
}
