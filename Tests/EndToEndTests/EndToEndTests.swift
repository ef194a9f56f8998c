import Testing

/// The built binary with real clients. One cluster at a time: the process runtime's addresses are the machine's.
@Suite(.serialized) struct EndToEndTests {}
