import {
  Channel,
  type ChannelInterface,
  InterceptingCall,
  type Interceptor,
  connectivityState as State,
  status as Status,
} from '@grpc/grpc-js';
import { connectionProblem, throughProxy } from './connection-problem.js';
import { httpProxyOf } from './http-proxy.js';

/**
 * A channel that can begin anew. grpc-js waits without end for a peer that accepts a connection and says nothing, and tries no other
 * meanwhile: only a new channel connects again.
 */
export class RenewableChannel implements ChannelInterface {
  private readonly open: () => Channel;
  private channel: Channel;

  constructor(...options: ConstructorParameters<typeof Channel>) {
    this.open = () => new Channel(...options);
    this.channel = this.open();
  }

  /**
   * Watches a connection that a call needs, until it is there.
   *
   * @param onLate Called when it is not there in time; the channel has then begun anew.
   * @returns The function that ends the watch.
   */
  watch(timeoutMs: number, onLate: () => void): () => void {
    const { channel } = this;
    let timer: NodeJS.Timeout | undefined;
    const stop = () => {
      clearTimeout(timer);
      timer = undefined;
    };
    const look = () => {
      const state = channel.getConnectivityState(false);
      if (state === State.READY) return stop();
      if (timer && state !== State.SHUTDOWN) channel.watchConnectivityState(state, Number.POSITIVE_INFINITY, look);
    };
    timer = setTimeout(() => {
      stop();
      onLate();
      if (this.channel !== channel) return;
      this.channel = this.open();
      channel.close();
    }, timeoutMs);
    look();
    return stop;
  }

  close(): void {
    this.channel.close();
  }

  getTarget(): string {
    return this.channel.getTarget();
  }

  getConnectivityState(tryToConnect: boolean): State {
    return this.channel.getConnectivityState(tryToConnect);
  }

  watchConnectivityState(...args: Parameters<ChannelInterface['watchConnectivityState']>): void {
    this.channel.watchConnectivityState(...args);
  }

  getChannelzRef(): ReturnType<ChannelInterface['getChannelzRef']> {
    return this.channel.getChannelzRef();
  }

  createCall(...args: Parameters<ChannelInterface['createCall']>): ReturnType<ChannelInterface['createCall']> {
    return this.channel.createCall(...args);
  }
}

/** Ends a call with UNAVAILABLE when its channel has no connection in time, so that it can be tried again, and says why there is none. */
export function connectsInTime(channel: RenewableChannel, address: string, timeoutMs: number): Interceptor {
  return (options, nextCall) => {
    const call = new InterceptingCall(nextCall(options), {
      start(metadata, _listener, next) {
        const late = noConnection(address, timeoutMs);
        const stop = channel.watch(timeoutMs, () => call.cancelWithStatus(Status.UNAVAILABLE, late));
        // A call that waited with another one, for which the channel began anew, was waiting for the same.
        const reason = (details: string) =>
          /^Channel closed before call started/.test(details) ? late : connectionProblem(details, address);
        next(metadata, {
          onReceiveStatus(status, pass) {
            stop();
            pass({ ...status, details: reason(status.details) ?? status.details });
          },
        });
      },
    });
    return call;
  };
}

function noConnection(address: string, timeoutMs: number): string {
  const proxy = httpProxyOf(address);
  const way = proxy ? ` ${throughProxy(proxy)}` : '';
  return `no connection to ${address}${way} within ${timeoutMs / 1000} s: nothing answers there, or the server there does not speak gRPC`;
}
