import { ServerInterceptingCall, type ServerInterceptor, status as Status } from '@grpc/grpc-js';

/** Messages that are decompressed at a time: a kilobyte may become a megabyte, and a thousand of them come in a moment. */
const AT_A_TIME = 8;

let running = 0;
const waiting: (() => void)[] = [];

type Decompress = (message: Buffer, encoding: string) => Promise<Buffer> | Buffer;

/**
 * Keeps requests that are compressed from taking the memory of all: few are decompressed at a time, and of a call that has one request
 * no second one is. grpc-js would decompress whatever came in one frame at once.
 *
 * What is paced is no public part of grpc-js: where it is not as expected nothing is paced.
 */
export function paceDecompression(): ServerInterceptor {
  return ({ requestStream }, call) => {
    const decompress: unknown = Reflect.get(call, 'decompressMessage');
    if (typeof decompress === 'function') {
      Reflect.set(call, 'decompressMessage', paced(decompress.bind(call), requestStream));
    }
    return new ServerInterceptingCall(call);
  };
}

function paced(decompress: Decompress, requestStream: boolean): Decompress {
  let messages = 0;
  return async (message, encoding) => {
    if (!requestStream && messages++ > 0) {
      throw { code: Status.UNIMPLEMENTED, details: 'this method takes one request, and got another' };
    }
    if (encoding === 'identity') return decompress(message, encoding);
    if (running >= AT_A_TIME) await new Promise<void>((resolve) => waiting.push(resolve));
    else running++;
    try {
      return await decompress(message, encoding);
    } finally {
      // Whoever waits takes the place over.
      const next = waiting.shift();
      if (next) next();
      else running--;
    }
  };
}
