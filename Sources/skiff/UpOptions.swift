import ArgumentParser

/// The flags of `skiff up`, by what they are about. A configuration file (YAML, the flags' names without dashes in front)
/// gives what the command line does not.
struct UpOptions: ParsableArguments {
    @OptionGroup(title: "Cluster") var cluster: Cluster
    @OptionGroup(title: "Where it listens") var listening: Listening
    @OptionGroup(title: "Network of pods and Services") var network: Network
    @OptionGroup(title: "Who is let in") var access: Access
    @OptionGroup(title: "Database and audit") var records: Records
    @OptionGroup(title: "Audit events elsewhere") var audit: Audit
    @OptionGroup(title: "Store") var store: Store
    @OptionGroup(title: "Nodes") var node: Node
    @OptionGroup(title: "Autoscaling") var autoscaling: Autoscaling

    struct Cluster: ParsableArguments {
        @Option(
            help: ArgumentHelp(
                "Where everything is kept; one directory is one cluster. (default: /var/lib/skiff for root, else "
                    + "~/.local/state/skiff)", valueName: "dir"))
        var dataDir: String?
        @Flag(
            help: ArgumentHelp(
                "A cluster for a test: the store in memory, a directory and addresses of its own that go away, no database "
                    + "unless one is named. When ready it prints one line of JSON; it ends when its standard input closes "
                    + "or its parent ends."))
        var ephemeral = false
        @Option(help: ArgumentHelp("A YAML file with these settings, named as the flags are.", valueName: "file"))
        var config: String?
        @Option(help: ArgumentHelp("How many nodes the cluster has. (default: 1)", valueName: "count"))
        var nodes: Int?
        @Option(
            help: ArgumentHelp(
                "What runs containers: containerd (a private one, from images), process (programs of this machine), "
                    + "simulated (pods run nothing but pass through every state), or auto, which is containerd for root "
                    + "where it and runc are installed. (default: auto)", valueName: "name"))
        var runtime: String?
        @Option(
            help: ArgumentHelp(
                "The socket of a container runtime to use (CRI v1) instead of a containerd of our own.",
                valueName: "unix://path"))
        var containerRuntimeEndpoint: String?
        @Option(
            help: ArgumentHelp(
                "What simulated nodes and pods do, in YAML: delays, failures, ends, silence. (default: pods run, those of Jobs "
                    + "succeed after a second)", valueName: "file"))
        var simulationStages: String?
        @Option(
            help: ArgumentHelp(
                "Groups of nodes that come for pods which find no room, and go when nobody needs them, in YAML. "
                    + "(default: none)", valueName: "file"))
        var nodeGroups: String?
        @Option(
            help: ArgumentHelp(
                "Which program an image's name stands for, in YAML. (default: a list that holds the samples')",
                valueName: "file"))
        var imageCatalog: String?
        @Option(
            help: ArgumentHelp(
                "A KubeSchedulerConfiguration (kubescheduler.config.k8s.io/v1): profiles, plugins and their arguments. "
                    + "(default: one profile, default-scheduler)", valueName: "file"))
        var schedulerConfig: String?
        @Option(
            help: ArgumentHelp(
                "trace, debug, info, notice, warning, error or critical. (default: info)", valueName: "level"))
        var logLevel: String?
    }

    struct Listening: ParsableArguments {
        @Option(
            help: ArgumentHelp(
                "The node's address: TLS, node ports and the ingress. (default: 127.0.0.1; 0.0.0.0 is every address)",
                valueName: "address"))
        var bindAddress: String?
        @Option(help: ArgumentHelp("Plain HTTP. (default: 8080)", valueName: "port"))
        var port: Int?
        @Option(
            help: ArgumentHelp(
                "Where plain HTTP is served; beyond loopback only with the next flag. (default: 127.0.0.1)",
                valueName: "address"))
        var httpBindAddress: String?
        @Flag(
            help: ArgumentHelp(
                "Tokens and Secrets may cross the network in plain text, for whoever can listen there."))
        var allowPlainHttpBeyondLoopback = false
        @Option(
            help: ArgumentHelp(
                "Host names that plain HTTP answers to besides loopback names, addresses and cafe.example.com, separated "
                    + "by commas; * is any. (default: none)", valueName: "names"))
        var httpAllowedHosts: String?
        @Option(
            help: ArgumentHelp(
                "Further names and addresses of the API server's certificate, separated by commas. (default: none)",
                valueName: "names"))
        var apiserverCertExtraSans: String?
        @Option(help: ArgumentHelp("HTTPS, for kubectl. (default: 6443)", valueName: "port"))
        var securePort: Int?
        @Option(
            help: ArgumentHelp("The ingress, HTTP. (default: 80 for root, else 8081)", valueName: "port"))
        var ingressHttpPort: Int?
        @Option(
            help: ArgumentHelp("The ingress, HTTPS. (default: 443 for root, else 8443)", valueName: "port"))
        var ingressHttpsPort: Int?
        @Option(
            help: ArgumentHelp(
                "Origins whose pages may call from a browser, separated by commas. (default: none)",
                valueName: "origins"))
        var corsAllowedOrigins: String?
    }

    struct Network: ParsableArguments {
        @Option(
            help: ArgumentHelp(
                "What pods have for a network; a new cluster's only: bridge (each a network namespace of its own), loopback "
                    + "(addresses of 127.0.0.0/8), or auto, which is bridge for root where CNI plugins are installed. "
                    + "(default: auto)", valueName: "kind"))
        var network: String?
        @Option(
            help: ArgumentHelp(
                "Addresses of pods; a new cluster's only. (default: 10.244.0.0/16, on loopback a block of 127.0.0.0/8; the "
                    + "first that is free)", valueName: "cidr"))
        var clusterCidr: String?
        @Option(
            help: ArgumentHelp(
                "Addresses of Services; a new cluster's only. (default: of the same block)", valueName: "cidr"))
        var serviceClusterIpRange: String?
        @Option(
            help: ArgumentHelp(
                "Where cluster DNS answers, one of the Services' addresses. (default: the tenth)",
                valueName: "address"))
        var clusterDnsAddress: String?
    }

    struct Records: ParsableArguments {
        @Option(
            help: ArgumentHelp(
                "mysql://user:password@host:port/name; also from SKIFF_DATABASE_URL. (default: a private mariadbd, if it "
                    + "is installed)", valueName: "url"))
        var databaseUrl: String?
        @Option(
            help: ArgumentHelp(
                "Which requests are recorded: an audit.k8s.io/v1 Policy. (default: writes, and reads of Secrets)",
                valueName: "file"))
        var auditPolicyFile: String?
    }

    struct Store: ParsableArguments {
        @Option(
            help: ArgumentHelp("Serve etcd's v3 API here, with mutual TLS. (default: off)", valueName: "addr:port"))
        var etcdListen: String?
        @Option(
            help: ArgumentHelp(
                "Serve etcd's v3 API here without TLS, on a loopback address. (default: off)", valueName: "addr:port"))
        var etcdInsecureListen: String?
        @Option(
            help: ArgumentHelp(
                "Which resources are encrypted in the store: an apiserver.config.k8s.io/v1 EncryptionConfiguration. "
                    + "(default: none)", valueName: "file"))
        var encryptionProviderConfig: String?
        @Option(parsing: .unconditional, help: EtcdServe.quotaHelp)
        var quotaBackendBytes: Int?
        @Option(
            help: ArgumentHelp(
                "Client URLs of an external etcd to use instead of the own store, separated by commas.",
                valueName: "urls"))
        var etcdServers: String?
        @Option(help: ArgumentHelp("Who signs the external etcd's certificates (PEM).", valueName: "file"))
        var etcdCafile: String?
        @Option(help: ArgumentHelp("Certificate to show to the external etcd (PEM).", valueName: "file"))
        var etcdCertfile: String?
        @Option(help: ArgumentHelp("Its key (PEM).", valueName: "file"))
        var etcdKeyfile: String?
    }
}
