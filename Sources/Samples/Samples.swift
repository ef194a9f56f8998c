// # Samples
//
// The sample microservices as one command, which the program `cafe` is, and `skiff` where it is called by that name:
//
// - `Cafe`: the command, with `nginx-hello` (`NginxHello`, the image behind tea and coffee) and `users` (`UsersCommand`, the one
//   behind the users tutorial).
// - `Greeting`: what a pod says of itself; `Neighbour`: another service, found by its name.
// - `Drain`: how a server stops.
//
// Absent on purpose: the users' routes (UserService), listeners (HTTPServer), which image stands for which program
// (ContainerRuntime).
