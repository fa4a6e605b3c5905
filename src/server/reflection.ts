import type { Server } from '@grpc/grpc-js';
import { ReflectionService } from '@grpc/reflection';

/**
 * Adds server reflection: clients such as grpcurl learn from it what services and messages there are.
 *
 * @param descriptors Serialised `FileDescriptorProto`s, in base64: what `descriptors.ts` of the generated code exports.
 */
export function addReflection(server: Server, descriptors: readonly string[]): void {
  const fileDescriptorProtos = descriptors.map((descriptor) => Buffer.from(descriptor, 'base64'));
  // The library looks for descriptors in every entry of a package, and at nothing else.
  const reflection = new ReflectionService({
    generated: { format: 'Protocol Buffer 3 DescriptorProto', type: {}, fileDescriptorProtos },
  });
  reflection.addToServer(server);
}
