// # Streams
//
// What carries several streams over one upgraded HTTP connection, and how clients of a cluster use it: values that turn
// bytes into events, and thin shells around them.
//
// - `SPDY/`: SPDY/3.1 from bytes to streams with back-pressure (`SPDYConnection`).
// - `WebSocket/`: the handshake and the frames of RFC 6455, one connection's messages (`WebSocketConnection`).
// - `RemoteCommand/`: the streams and channels of exec and attach, how their end is told, a terminal's sizes.
// - `PortForward/`: which two streams belong to one forwarded connection.
// - `StreamUpgrade`: what a request for an upgrade asks for; `SessionTransport`: SPDY within a WebSocket.
//
// **Invariant:** what waits for either side is bounded: whoever writes waits while the other does not read.
//
// Absent on purpose: pods, containers and commands (the kubelet's), HTTP itself (whoever accepted the connection), a
// clock (waits are handed in).
