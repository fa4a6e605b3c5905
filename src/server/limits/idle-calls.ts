import { constants } from 'node:http2';
import { ServerInterceptingCall, type ServerInterceptor } from '@grpc/grpc-js';
import { http2StreamOf, type InterceptedCall, StreamError } from '../../runtime/index.js';
import { refuseCall } from './gate-calls.js';

/**
 * Lets go of clients that hold a call and do not move: whose request does not come, or who do not take the end of their answer. Whoever
 * streams its requests takes its time; and while rows are sent, it is their stream that watches.
 *
 * @param patienceMs Longest time without a move.
 */
export function keepMoving(patienceMs: number): ServerInterceptor {
  return ({ requestStream, responseStream }, call) => {
    let timer: NodeJS.Timeout | undefined;
    let ended = false;
    const followAnswer = () => {
      clearTimeout(timer);
      // A handler may answer a client that has left.
      if (!ended) timer = letGoOnceStill(call, patienceMs);
    };
    return new ServerInterceptingCall(call, {
      start: (next) =>
        next({
          onReceiveMetadata: (metadata, pass) => {
            if (!requestStream) timer = setTimeout(() => refuseCall(call, late(patienceMs)), patienceMs);
            pass(metadata);
          },
          onReceiveHalfClose: (pass) => {
            clearTimeout(timer);
            pass();
          },
          onCancel: () => {
            ended = true;
            clearTimeout(timer);
          },
        }),
      sendMessage: (message, pass) => {
        // The only one: its status is given once it was taken.
        if (!responseStream) followAnswer();
        pass(message);
      },
      sendStatus: (status, pass) => {
        followAnswer();
        pass(status);
      },
    });
  };
}

function late(patienceMs: number): StreamError {
  return new StreamError('request.late', `the request did not come within ${patienceMs / 1000} s`, {
    status: 'DEADLINE_EXCEEDED',
    phase: 'request',
  });
}

/** A status waits behind data that is not taken, perhaps for ever. */
function letGoOnceStill(call: InterceptedCall, patienceMs: number): NodeJS.Timeout | undefined {
  const stream = http2StreamOf(call);
  if (!stream) return undefined;
  let left = Number.POSITIVE_INFINITY;
  const timer = setTimeout(() => {
    if (stream.writableLength >= left) return stream.close(constants.NGHTTP2_ENHANCE_YOUR_CALM);
    left = stream.writableLength;
    return timer.refresh();
  }, patienceMs);
  return timer;
}
