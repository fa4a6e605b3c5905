import { defineConfig } from 'grpc-stream';

export default defineConfig({ schema: 'schema.prisma', package: 'library', protoDir: 'proto', output: '.' });
