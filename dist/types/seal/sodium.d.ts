import sodium from 'libsodium-wrappers';
export { sodium };
