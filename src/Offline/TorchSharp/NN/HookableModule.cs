namespace TorchSharp;

public static partial class torch
{
    public static partial class nn
    {
        /// <summary>A module that lets others watch or change what goes in and comes out of <c>call</c>.</summary>
        public class HookableModule<TPreHook, TPostHook> : Module
        {
            private protected readonly Dictionary<string, TPreHook> preHooks = [];
            private protected readonly Dictionary<string, TPostHook> postHooks = [];
            private readonly Dictionary<string, Action<Module>> modulePreHooks = [];
            private readonly Dictionary<string, Action<Module>> modulePostHooks = [];
            private protected bool hooked;

            protected HookableModule(string name) : base(name) { }

            /// <summary>Runs after each call; what it returns, unless null, becomes the result.</summary>
            public HookRemover register_forward_hook(TPostHook hook) => Register(postHooks, hook);

            /// <summary>Runs before each call; what it returns, unless null, becomes the input.</summary>
            public HookRemover register_forward_pre_hook(TPreHook hook) => Register(preHooks, hook);

            public HookRemover register_forward_hook(Action<Module> hook) => Register(modulePostHooks, hook);

            public HookRemover register_forward_pre_hook(Action<Module> hook) => Register(modulePreHooks, hook);

            private protected void Before()
            {
                foreach (var hook in modulePreHooks.Values) hook(this);
            }

            private protected void After()
            {
                foreach (var hook in modulePostHooks.Values) hook(this);
            }

            private HookRemover Register<THook>(Dictionary<string, THook> hooks, THook hook)
            {
                var key = Guid.NewGuid().ToString();
                hooks.Add(key, hook);
                hooked = true;
                return new HookRemover(this, key);
            }

            private void Remove(string key)
            {
                _ = preHooks.Remove(key) || postHooks.Remove(key) || modulePreHooks.Remove(key) || modulePostHooks.Remove(key);
                hooked = preHooks.Count + postHooks.Count + modulePreHooks.Count + modulePostHooks.Count > 0;
            }

            /// <summary>Takes its hook away again.</summary>
            public class HookRemover(HookableModule<TPreHook, TPostHook> module, string key)
            {
                public void remove() => module.Remove(key);
            }
        }
    }
}
