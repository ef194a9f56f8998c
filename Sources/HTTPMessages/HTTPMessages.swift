// # HTTPMessages
//
// What goes in and out of an HTTP server as values: `Request`, and `Answer` with a body that is bytes, a stream
// (`ByteStream`, `PolledStream`) or, after an upgrade, a `Tunnel`.
//
// Absent on purpose: sockets, parsing and writing (`HTTPServer`); what requests mean.
