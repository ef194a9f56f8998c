import Foundation
import TestKit
import Testing

extension EndToEndTests {
    /// The Python `kubernetes` client, unmodified, over every kind: its classes and their methods create, read, patch, list, watch
    /// and delete one object of each, which also shows that every answer is what the client's models expect.
    @Suite(.serialized) struct PythonKindsTests {
        static let script = """
            import sys
            from kubernetes import client, config, watch
            config.load_kube_config(sys.argv[1])
            # The client documents this class by another name than it has.
            client.models.V1ResourceClaim = client.models.ResourceV1ResourceClaim
            pod = {'containers': [{'name': 'c', 'image': 'i'}]}
            labelled = {'metadata': {'labels': {'a': 'b'}}, 'spec': pod}
            chosen = {'matchLabels': {'a': 'b'}}
            workload = {'selector': chosen, 'template': labelled}
            job = {'template': {'spec': dict(pod, restartPolicy='Never')}}
            scaled = {'maxReplicas': 2, 'scaleTargetRef': {'apiVersion': 'apps/v1', 'kind': 'Deployment', 'name': 'x'}}
            view = {'apiGroup': 'rbac.authorization.k8s.io', 'kind': 'ClusterRole', 'name': 'view'}
            asked = {'devices': {'requests': [{'name': 'r', 'exactly': {'deviceClassName': 'c'}}]}}
            volume = {'capacity': {'storage': '1Gi'}, 'accessModes': ['ReadWriteOnce'], 'hostPath': {'path': '/tmp/x'}}
            # Class, method, in a namespace?, and what an object has beside its name. A star: the name is the kind's own.
            kinds = [
                ('CoreV1Api', 'namespace', False, {}),
                ('CoreV1Api', 'config_map', True, {'data': {'a': 'b'}}),
                ('CoreV1Api', 'secret', True, {'stringData': {'a': 'b'}}),
                ('CoreV1Api', 'service_account', True, {}),
                ('CoreV1Api', 'service', True, {'spec': {'ports': [{'port': 80}]}}),
                ('CoreV1Api', 'endpoints', True, {'subsets': [{'addresses': [{'ip': '10.1.2.3'}], 'ports': [{'port': 80}]}]}),
                ('CoreV1Api', 'event', True, {'involvedObject': {'namespace': 'default', 'kind': 'Pod', 'name': 'p'}}),
                ('CoreV1Api', 'limit_range', True, {'spec': {'limits': [{'type': 'Container', 'max': {'cpu': '8'}}]}}),
                ('CoreV1Api', 'node', False, {}),
                ('CoreV1Api', 'persistent_volume', False, {'spec': volume}),
                ('CoreV1Api', 'persistent_volume_claim', True, {'spec': {'accessModes': ['ReadWriteOnce'], 'storageClassName': 'none', 'resources': {'requests': {'storage': '1Gi'}}}}),
                ('CoreV1Api', 'pod', True, {'spec': dict(pod, schedulerName='nobody')}),
                ('CoreV1Api', 'pod_template', True, {'template': labelled}),
                ('CoreV1Api', 'replication_controller', True, {'spec': {'replicas': 0, 'selector': {'a': 'b'}, 'template': labelled}}),
                ('CoreV1Api', 'resource_quota', True, {'spec': {'hard': {'pods': '100'}}}),
                ('AppsV1Api', 'deployment', True, {'spec': dict(workload, replicas=0)}),
                ('AppsV1Api', 'replica_set', True, {'spec': dict(workload, replicas=0)}),
                ('AppsV1Api', 'stateful_set', True, {'spec': dict(workload, replicas=0, serviceName='s')}),
                ('AppsV1Api', 'daemon_set', True, {'spec': {'selector': chosen, 'template': {'metadata': labelled['metadata'], 'spec': dict(pod, nodeSelector={'no': 'node'})}}}),
                ('AppsV1Api', 'controller_revision', True, {'revision': 1, 'data': {'a': 'b'}}),
                ('BatchV1Api', 'job', True, {'spec': dict(job, suspend=True)}),
                ('BatchV1Api', 'cron_job', True, {'spec': {'schedule': '0 0 1 1 *', 'suspend': True, 'jobTemplate': {'spec': job}}}),
                ('AutoscalingV1Api', 'horizontal_pod_autoscaler', True, {'spec': scaled}),
                ('AutoscalingV2Api', 'horizontal_pod_autoscaler', True, {'spec': scaled}),
                ('PolicyV1Api', 'pod_disruption_budget', True, {'spec': {'minAvailable': 1, 'selector': chosen}}),
                ('NetworkingV1Api', 'ingress', True, {'spec': {'defaultBackend': {'service': {'name': 's', 'port': {'number': 80}}}}}),
                ('NetworkingV1Api', 'ingress_class', False, {'spec': {'controller': 'a.b/c'}}),
                ('NetworkingV1Api', 'network_policy', True, {'spec': {'podSelector': {}}}),
                ('NetworkingV1Api', 'service_cidr', False, {'spec': {'cidrs': ['10.97.0.0/24']}}),
                ('NetworkingV1Api', 'ip_address', False, {'metadata': {'name': '10.97.0.7'}, 'spec': {'parentRef': {'resource': 'services', 'namespace': 'a', 'name': 'b'}}}),
                ('DiscoveryV1Api', 'endpoint_slice', True, {'addressType': 'IPv4', 'endpoints': [{'addresses': ['10.1.2.3']}]}),
                ('EventsV1Api', 'event', True, {'eventTime': '2020-01-01T00:00:00.000001Z', 'reportingController': 'a/b', 'reportingInstance': 'i', 'action': 'act', 'reason': 'why', 'type': 'Normal', 'regarding': {'namespace': 'default', 'kind': 'Pod', 'name': 'p'}}),
                ('CoordinationV1Api', 'lease', True, {'spec': {'holderIdentity': 'a'}}),
                ('SchedulingV1Api', 'priority_class', False, {'value': 5}),
                ('NodeV1Api', 'runtime_class', False, {'handler': 'h'}),
                ('RbacAuthorizationV1Api', 'role', True, {'rules': [{'verbs': ['get'], 'apiGroups': [''], 'resources': ['pods']}]}),
                ('RbacAuthorizationV1Api', 'role_binding', True, {'roleRef': view}),
                ('RbacAuthorizationV1Api', 'cluster_role', False, {'rules': []}),
                ('RbacAuthorizationV1Api', 'cluster_role_binding', False, {'roleRef': view}),
                ('StorageV1Api', 'storage_class', False, {'provisioner': 'a.b/c'}),
                ('StorageV1Api', 'csi_driver', False, {'spec': {}}),
                ('StorageV1Api', 'csi_node', False, {'spec': {'drivers': [{'name': 'd.e', 'nodeID': 'n'}]}}),
                ('StorageV1Api', 'csi_storage_capacity', True, {'storageClassName': 's'}),
                ('StorageV1Api', 'volume_attachment', False, {'spec': {'attacher': 'a', 'nodeName': 'n', 'source': {'persistentVolumeName': 'p'}}}),
                ('StorageV1Api', 'volume_attributes_class', False, {'driverName': 'd.e', 'parameters': {'a': 'b'}}),
                ('FlowcontrolApiserverV1Api', 'flow_schema', False, {'spec': {'priorityLevelConfiguration': {'name': 'exempt'}, 'matchingPrecedence': 9000}}),
                ('FlowcontrolApiserverV1Api', 'priority_level_configuration', False, {'spec': {'type': 'Limited', 'limited': {'nominalConcurrencyShares': 1, 'limitResponse': {'type': 'Reject'}}}}),
                ('ResourceV1Api', 'device_class', False, {'spec': {}}),
                ('ResourceV1Api', 'resource_claim', True, {'spec': asked}),
                ('ResourceV1Api', 'resource_claim_template', True, {'spec': {'spec': asked}}),
                ('ResourceV1Api', 'resource_slice', False, {'spec': {'driver': 'd.e', 'nodeName': 'n', 'pool': {'name': 'p', 'resourceSliceCount': 1, 'generation': 1}, 'devices': [{'name': 'a'}]}}),
            ]

            def check(group, kind, namespaced, fields):
                api = getattr(client, group)()
                name = fields.get('metadata', {}).get('name', 'probe')
                place = ('default',) if namespaced else ()
                def call(verb, *arguments, **options):
                    return getattr(api, verb + ('_namespaced_' if namespaced else '_') + kind)(*arguments, *place, **options)
                listed = getattr(api, 'list' + ('_namespaced_' if namespaced else '_') + kind)(*place, label_selector='probe')
                start = listed.metadata.resource_version
                body = dict(fields, metadata={'name': name, 'labels': {'probe': 'a'}})
                made = getattr(api, 'create' + ('_namespaced_' if namespaced else '_') + kind)(*place, body=body)
                assert made.metadata.name == name and made.metadata.uid, made
                read = call('read', name)
                assert read.metadata.uid == made.metadata.uid, read
                patched = call('patch', name, body={'metadata': {'labels': {'probe': 'b'}}})
                assert patched.metadata.labels['probe'] == 'b', patched
                several = getattr(api, 'list' + ('_namespaced_' if namespaced else '_') + kind)(*place, label_selector='probe=b')
                assert [one.metadata.name for one in several.items] == [name], several
                call('delete', name, body=client.V1DeleteOptions(grace_period_seconds=0))
                # What is kept by finalizers, as those of loops are, goes when nobody holds it.
                try: call('patch', name, body={'metadata': {'finalizers': None}})
                except client.ApiException as error: assert error.status in (404, 409), error
                seen = []
                stream = watch.Watch().stream(getattr(api, 'list' + ('_namespaced_' if namespaced else '_') + kind), *place, label_selector='probe', resource_version=start, timeout_seconds=20)
                for event in stream:
                    seen.append(event['type'])
                    if event['type'] == 'DELETED': break
                assert seen[0] == 'ADDED' and seen[-1] == 'DELETED' and 'MODIFIED' in seen, seen
                try: call('read', name); raise AssertionError('still there')
                except client.ApiException as error: assert error.status == 404, error

            for kind in kinds: check(*kind)
            print(len(kinds), 'kinds')
            """

        @Test func everyKindIsCreatedReadPatchedListedWatchedAndDeleted() throws {
            let directory = TemporaryDirectory()
            let cluster = try EphemeralCluster(["--runtime", "simulated"], temporary: directory.path)
            let python = try PythonEnvironment.interpreter()
            let script = "\(directory.path)/kinds.py"
            try Self.script.write(toFile: script, atomically: true, encoding: .utf8)
            let result = try Program.run(python, ["-W", "ignore", script, cluster.fact("kubeconfig")])
            #expect(result.text == "51 kinds", "\(result.errors)")
            try cluster.letGo()
            try cluster.waitUntilGone()
        }
    }
}
