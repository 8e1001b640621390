import sodium from 'libsodium-wrappers';

// The only import of libsodium. Awaited here, so that whoever imports this can call it at once, and a library that
// cannot start (no source of randomness) stops the program before anything is sealed.
await sodium.ready;

export { sodium };
