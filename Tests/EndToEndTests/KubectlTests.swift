import APIMachinery
import Foundation
import Testing

extension EndToEndTests {
    /// An unmodified kubectl walks through what a person does with a Deployment.
    @Suite(.serialized) struct KubectlTests {
        static let web = """
            apiVersion: apps/v1
            kind: Deployment
            metadata: {name: web, labels: {app: web}}
            spec:
              replicas: 2
              selector: {matchLabels: {app: web}}
              template:
                metadata: {labels: {app: web}}
                spec:
                  terminationGracePeriodSeconds: 1
                  containers:
                  - name: web
                    image: busybox
                    command: [sh, -c, "echo hello from $HOSTNAME; exec sleep 1000000"]
            """

        func withCluster(_ body: (ClusterProcess) throws -> Void) throws {
            let cluster = try ClusterProcess()
            defer { cluster.remove() }
            try cluster.start()
            do {
                try body(cluster)
            } catch {
                print("--- skiff's log ---\n\(cluster.log.suffix(6_000))")
                throw error
            }
        }

        @Test func readsInEveryForm() throws {
            try withCluster { cluster in
                try cluster.kubectlDone("apply", "-f", "-", input: Self.web)
                try cluster.kubectlDone("rollout", "status", "deployment/web", "--timeout=60s")
                let wide = try cluster.kubectlDone("get", "all", "-o", "wide")
                #expect(wide.contains("deployment.apps/web"))
                #expect(wide.contains("NOMINATED NODE"))
                #expect(wide.contains("service/kubernetes"))
                let image = try cluster.kubectlDone(
                    "get", "deployment", "web", "-o", "jsonpath={.spec.template.spec.containers[0].image}")
                #expect(image == "busybox")
                let json = try JSON(parsing: try cluster.kubectlDone("get", "pods", "-l", "app=web", "-o", "json"))
                #expect(json["items"]?.count == 2)
                #expect(try cluster.kubectlDone("get", "deploy/web", "-o", "yaml").contains("kind: Deployment"))
                let described = try cluster.kubectlDone("describe", "deployment", "web")
                #expect(described.contains("NewReplicaSet:"))
                #expect(described.contains("ScalingReplicaSet"))
                #expect(try cluster.kubectlDone("describe", "pods").contains("Started"))
                #expect(try cluster.kubectlDone("describe", "node").contains("Allocatable:"))
                #expect(try cluster.kubectlDone("logs", "deployment/web").contains("hello from web-"))
                #expect(try cluster.kubectlDone("events").contains("ScalingReplicaSet"))
                let resources = try cluster.kubectlDone("api-resources")
                #expect(resources.contains("deployments"))
                #expect(resources.contains("endpointslices"))
                let explained = try cluster.kubectlDone("explain", "pod.spec.containers", "--recursive")
                #expect(explained.contains("imagePullPolicy"))
                #expect(try cluster.kubectlDone("version").contains("v1.36"))
            }
        }

        @Test func changesAndRollsBack() throws {
            try withCluster { cluster in
                try cluster.kubectlDone("apply", "-f", "-", input: Self.web)
                try cluster.kubectlDone("rollout", "status", "deployment/web", "--timeout=60s")
                try cluster.kubectlDone("scale", "deployment/web", "--replicas=3")
                try cluster.kubectlDone("rollout", "status", "deployment/web", "--timeout=60s")
                try cluster.kubectlDone("set", "image", "deployment/web", "web=busybox:1.36")
                try cluster.kubectlDone("rollout", "status", "deployment/web", "--timeout=60s")
                let history = try cluster.kubectlDone("rollout", "history", "deployment/web")
                #expect(history.contains("1 ") && history.contains("2 "))
                try cluster.kubectlDone("rollout", "undo", "deployment/web")
                try cluster.kubectlDone("rollout", "status", "deployment/web", "--timeout=60s")
                #expect(try cluster.image() == "busybox")
                try cluster.kubectlDone("rollout", "pause", "deployment/web")
                try cluster.kubectlDone("set", "image", "deployment/web", "web=busybox:1.35")
                let paused = try cluster.kubectlDone("get", "rs", "-o", "name")
                #expect(paused.split(separator: "\n").count == 2)
                try cluster.kubectlDone("rollout", "resume", "deployment/web")
                try cluster.kubectlDone("rollout", "status", "deployment/web", "--timeout=60s")
                #expect(try cluster.image() == "busybox:1.35")
                try cluster.kubectlDone("rollout", "restart", "deployment/web")
                try cluster.kubectlDone("rollout", "status", "deployment/web", "--timeout=60s")
            }
        }

        @Test func patchesLabelsEditsAndCompares() throws {
            try withCluster { cluster in
                try cluster.kubectlDone("apply", "-f", "-", input: Self.web)
                try cluster.kubectlDone("label", "deployment/web", "tier=front")
                try cluster.kubectlDone("annotate", "deployment/web", "note=one")
                try cluster.kubectlDone("patch", "deployment/web", "--type=merge", "-p", #"{"spec":{"replicas":1}}"#)
                try cluster.kubectlDone(
                    "patch", "deployment/web", "--type=json", "-p",
                    #"[{"op":"replace","path":"/spec/replicas","value":2}]"#)
                try cluster.kubectlDone(
                    "patch", "deployment/web", "-p",
                    #"{"spec":{"template":{"spec":{"containers":[{"name":"web","env":[{"name":"A","value":"b"}]}]}}}}"#)
                let object = try JSON(parsing: try cluster.kubectlDone("get", "deployment", "web", "-o", "json"))
                #expect(object["metadata", "labels", "tier"] == "front")
                #expect(object["spec", "replicas"]?.int == 2)
                let container = object["spec", "template", "spec", "containers"]?[0]
                #expect(container?["image"] == "busybox")
                #expect(container?["env"]?[0]["value"] == "b")
                let edited = try cluster.kubectl(
                    "edit", "deployment/web", environment: ["EDITOR": "sed -i 's/tier: front/tier: back/'"])
                #expect(edited.exitCode == 0, "\(edited.errors)")
                #expect(
                    try cluster.kubectlDone("get", "deploy", "-l", "tier=back", "-o", "name") == "deployment.apps/web")
                let changed = Self.web.replacingOccurrences(of: "replicas: 2", with: "replicas: 5")
                let difference = try cluster.kubectl("diff", "-f", "-", input: changed)
                #expect(difference.exitCode == 1, "\(difference.errors)")
                #expect(difference.output.contains("+  replicas: 5"))
                try cluster.kubectlDone("apply", "-f", "-", input: changed)
                try cluster.kubectlDone("replace", "--force", "-f", "-", input: Self.web)
                #expect(try cluster.kubectlDone("get", "deploy", "web", "-o", "jsonpath={.spec.replicas}") == "2")
            }
        }

        @Test func createsWithSubcommandsAndWaits() throws {
            try withCluster { cluster in
                try cluster.kubectlDone("create", "namespace", "shop")
                try cluster.kubectlDone("create", "configmap", "settings", "--from-literal=a=b", "-n", "shop")
                try cluster.kubectlDone("create", "secret", "generic", "key", "--from-literal=k=v", "-n", "shop")
                try cluster.kubectlDone(
                    "create", "deployment", "till", "--image=busybox", "-n", "shop", "--", "sleep", "100000")
                try cluster.kubectlDone("create", "service", "clusterip", "till", "--tcp=80:8080", "-n", "shop")
                try cluster.kubectlDone("create", "ingress", "till", "--rule=shop.example/*=till:80", "-n", "shop")
                try cluster.kubectlDone("create", "serviceaccount", "clerk", "-n", "shop")
                try cluster.kubectlDone("expose", "deployment/till", "--name=till2", "--port=80", "-n", "shop")
                try cluster.kubectlDone(
                    "wait", "--for=condition=Available", "deployment/till", "-n", "shop", "--timeout=60s")
                #expect(
                    try cluster.kubectlDone("get", "secret", "key", "-n", "shop", "-o", "jsonpath={.data.k}") == "dg==")
                try cluster.kubectlDone("delete", "namespace", "shop", "--timeout=60s")
                let gone = try cluster.kubectl("get", "deployment", "till", "-n", "shop")
                #expect(gone.exitCode == 1)
                #expect(gone.errors.contains("NotFound"))
            }
        }

        @Test func deletesWithEachCascade() throws {
            try withCluster { cluster in
                for cascade in ["background", "foreground", "orphan"] {
                    try cluster.kubectlDone("apply", "-f", "-", input: Self.web)
                    try cluster.kubectlDone("rollout", "status", "deployment/web", "--timeout=60s")
                    try cluster.kubectlDone("delete", "deployment", "web", "--cascade=\(cascade)", "--timeout=60s")
                    if cascade == "orphan" {
                        #expect(try !cluster.kubectlDone("get", "rs", "-o", "name").isEmpty)
                        try cluster.kubectlDone("delete", "rs", "--all", "--timeout=60s")
                    }
                    try wait("the pods to go after \(cascade)") {
                        try cluster.kubectlDone("get", "rs,pods", "-l", "app=web", "-o", "name").isEmpty
                    }
                }
            }
        }
    }
}

extension ClusterProcess {
    fileprivate func image() throws -> String {
        try kubectlDone("get", "deployment", "web", "-o", "jsonpath={.spec.template.spec.containers[0].image}")
    }
}
