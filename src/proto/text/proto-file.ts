/** One `.proto` file as data: printed as text for people and for other languages, and as a descriptor for ts-proto. */
export interface ProtoFile {
  /** Path from the proto root, such as `library/v1/book.proto`. */
  readonly path: string;
  readonly package: string;
  readonly imports: readonly string[];
  readonly services: readonly ProtoService[];
  readonly messages: readonly ProtoMessage[];
  readonly enums: readonly ProtoEnum[];
}

export interface ProtoService {
  readonly name: string;
  readonly comment: string;
  readonly methods: readonly ProtoMethod[];
}

/** Every method of ours takes one request. */
export interface ProtoMethod {
  readonly name: string;
  readonly comment: string;
  readonly request: string;
  readonly response: string;
  /** Whether it streams its responses, or has just one. */
  readonly streams: boolean;
}

export interface ProtoMessage {
  readonly name: string;
  readonly comment: string;
  readonly fields: readonly ProtoField[];
  readonly reserved: Reserved;
}

export interface ProtoField {
  readonly name: string;
  readonly number: number;
  /** A scalar such as `int64`, or the name of a message or an enum; `google.protobuf.` names are whole. */
  readonly type: string;
  readonly kind: 'scalar' | 'enum' | 'message';
  readonly label: 'required' | 'optional' | 'repeated';
  readonly comment: string;
}

export interface ProtoEnum {
  readonly name: string;
  readonly comment: string;
  readonly values: readonly ProtoEnumValue[];
  readonly reserved: Reserved;
}

export interface ProtoEnumValue {
  readonly name: string;
  readonly number: number;
  readonly comment?: string;
}

/** Numbers and names that were in use once and must never mean something else. */
export interface Reserved {
  readonly numbers: readonly number[];
  readonly names: readonly string[];
}
