import ContainerRuntime

// What `skiff container-supervisor DIRECTORY` does, as a program of its own for the tests.
ContainerSupervisor.main(arguments: Array(CommandLine.arguments.dropFirst()))
