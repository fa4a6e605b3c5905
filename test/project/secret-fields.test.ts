import { describe, expect, it } from 'vitest';
import { isSecretName, secretFields } from '../../src/project/secret-fields.js';
import { parseSchema } from '../../src/schema/index.js';

/** `model.field`, as people and their frameworks name them. */
const secrets = `
  User.password User.passwordHash User.hashed_password User.encryptedPassword User.PASSWORD User.passwd User.pwd User.passwordSalt
  User.twoFactorBackupCodes User.twoFactorSecret User.totpSecret User.recoveryCode User.otp User.pin User.resetPasswordToken
  User.passwordHint User.apikey User.basicAuthPass User.emailVerificationCode User.seedPhrase
  Account.access_token Account.refresh_token Account.id_token Session.sessionToken VerificationToken.token
  ApiKey.key ApiKey.hash ApiKey.hashedKey AccessToken.value Secret.value
  Team.inviteCode Installation.licenseKey Webhook.signingSecret Webhook.secret Card.cvv Wallet.privateKey Wallet.mnemonic
  Datasource.connectionString Integration.clientSecret Integration.credentials Device.jwt
`;

const others = `
  Integration.apiKeyId Account.token_type File.contentHash Commit.hash Block.blockHash User.passwordChangedAt User.resetTokenExpires
  User.passport User.passengerName User.pinnedPost User.publicKey Translation.key Setting.key Setting.value Country.code
  Country.postalCode ApiKey.name ApiKey.prefix ApiKey.id Session.id Product.compass Secretary.name Author.tokenized Coupon.discountCode
  Coin.tokenSymbol Usage.tokenCount Shift.passes Order.zipCode Keyboard.layout
`;

const names = (text: string) =>
  text
    .trim()
    .split(/\s+/)
    .map((name) => name.split('.'));

describe('a name of a field', () => {
  it.each(names(secrets))('%s.%s looks like a secret', (model, field) => {
    expect(isSecretName(model ?? '', field ?? '')).toBe(true);
  });

  it.each(names(others))('%s.%s looks like none', (model, field) => {
    expect(isSecretName(model ?? '', field ?? '')).toBe(false);
  });
});

describe('the secrets of a model', () => {
  const secretsOf = (fields: string) => {
    const content = `datasource db {\n provider = "sqlite"\n}\nenum Token {\n A\n}\nmodel User {\n id Int @id\n${fields}\n}`;
    return parseSchema([{ path: 'schema.prisma', content }]).models.flatMap((model) =>
      secretFields(model).map(({ name }) => name),
    );
  };

  it('are columns that can hold one', () => {
    expect(
      secretsOf('hasPassword Boolean\n tokens Int\n token Token\n pin Int\n password String\n secrets Json'),
    ).toEqual(['pin', 'password', 'secrets']);
  });

  it('are none once they are omitted or allowed', () => {
    expect(secretsOf('/// @grpc.omit\n password String\n /// @grpc.allow\n token String')).toEqual([]);
  });
});
