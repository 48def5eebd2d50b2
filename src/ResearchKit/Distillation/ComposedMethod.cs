using System.ComponentModel.DataAnnotations;
using System.Text.Json.Nodes;
using ResearchKit.Models;
using ResearchKit.Training;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace ResearchKit.Distillation;

/// <summary>
/// Several methods at once: L = Σ_i w_i L_i, of one pass of the student and one of the teacher. Of every method all terms count, or those named.
/// <code>
/// "method": { "name": "composed", "methods": [
///     { "name": "makd" },
///     { "name": "gradkd", "beta": 0.2, "terms": ["L_GKD"] } ] }
/// </code>
/// Whatever one of them needs is there for all: intermediates, a gradient at the input, an adapting teacher (a constant to those that do
/// not teach it), trained maps. The student's dropout is active where all allow it. Methods that give other batches are asked one after the other.
/// </summary>
public sealed class ComposedMethod : IMethod, IStaged, IDisposable
{
    /// <summary>What the method is told.</summary>
    public sealed record Settings
    {
        /// <summary>The methods: of each its id under <c>name</c>, its own settings, and those of <see cref="Part"/>.</summary>
        public required JsonObject[] Methods { get; init; }
    }

    /// <summary>What a composition says of one of its methods, beside the method's own settings, which it may not bear the names of.</summary>
    public sealed record Part
    {
        /// <summary>w: factor of all of its terms.</summary>
        [Range(0.0, 1e9)]
        public double Weight { get; init; } = 1;

        /// <summary>The symbols of the terms that count; null for all.</summary>
        public string[]? Terms { get; init; }

        /// <summary>Put before its symbols, so that two methods can have terms of one name.</summary>
        public string Prefix { get; init; } = "";
    }

    /// <summary>Its place in the catalog.</summary>
    public static MethodEntry Entry { get; } = new ComposedEntry();

    private readonly (IMethod Method, Part Part, string? Trains)[] _parts;
    private readonly bool _sharesTeacher;
    private bool _checked;

    /// <summary>Composes methods.</summary>
    /// <param name="student">The student of all of them.</param>
    /// <param name="teacher">Their teacher; null where none has one.</param>
    /// <param name="parts">The methods, which the composition disposes.</param>
    /// <exception cref="ArgumentException">A method has another student or teacher.</exception>
    /// <exception cref="KitException">Two methods train something of one name that is not the same.</exception>
    public ComposedMethod(LanguageModel student, LanguageModel? teacher, IReadOnlyList<(IMethod Method, Part Part)> parts)
    {
        if (parts.Count == 0 || parts.Any(p => !ReferenceEquals(p.Method.Student, student) || (p.Method.Teacher is { } its && !ReferenceEquals(its, teacher))))
            throw new ArgumentException("A composition is of at least one method, and all are of one student and one teacher.", nameof(parts));
        (Student, Teacher) = (student, teacher);
        _parts = [.. parts.Select(p => (p.Method, p.Part, p.Method.Trains is [var only] ? only.Name : null))];
        _sharesTeacher = parts.Count(p => p.Method.DifferentiatesInput || p.Method.TeacherLearns) > 1;
        _ = Trains;
    }

    /// <inheritdoc/>
    public string Name => Entry.Name;

    /// <inheritdoc/>
    public LanguageModel Student { get; }

    /// <inheritdoc/>
    public LanguageModel? Teacher { get; }

    /// <summary>The methods, in order.</summary>
    public IReadOnlyList<IMethod> Methods => [.. _parts.Select(p => p.Method)];

    /// <inheritdoc/>
    public Observe StudentObserves => Together(_parts.Select(p => p.Method.StudentObserves));

    /// <inheritdoc/>
    public Observe TeacherObserves => Together(_parts.Where(p => p.Method.Teacher is not null).Select(p => p.Method.TeacherObserves));

    /// <inheritdoc/>
    public bool DifferentiatesInput => _parts.Any(p => p.Method.DifferentiatesInput);

    /// <inheritdoc/>
    public IReadOnlyDictionary<string, Func<Step, Tensor>> Lessons => _parts.SelectMany(p => p.Method.Lessons.Select(l => (l.Key, Value: (Func<Step, Tensor>)(step => l.Value(step.Of(p.Method, _sharesTeacher))))))
        .DistinctBy(l => l.Key).ToDictionary(l => l.Key, l => l.Value);

    /// <inheritdoc/>
    public bool TeacherLearns => _parts.Any(p => p.Method.TeacherLearns);

    /// <inheritdoc/>
    public bool Dropout => _parts.All(p => p.Method.Dropout);

    /// <inheritdoc/>
    /// <remarks>Parts of one name are one; the student's parameters stand in it once.</remarks>
    public IReadOnlyList<TrainedPart> Trains
    {
        get
        {
            var shared = Student.named_parameters().Select(p => p.name).ToHashSet();
            List<(TrainedPart Part, List<(string Name, Parameter Value)> Parameters)> merged = [];
            foreach (var part in _parts.SelectMany(p => p.Method.Trains))
            {
                int at = merged.FindIndex(m => m.Part.Name == part.Name);
                if (at < 0)
                {
                    merged.Add((part, [.. part.Parameters]));
                    continue;
                }
                if (merged[at].Part.LearningRateFactor != part.LearningRateFactor)
                    throw new KitException($"Method '{Name}': two of its methods train '{part.Name}' at rates of their own, times {merged[at].Part.LearningRateFactor} and times {part.LearningRateFactor}. Give both the same.");
                var names = merged[at].Parameters.Select(p => p.Name).ToHashSet();
                foreach (var (name, value) in part.Parameters)
                {
                    if (names.Add(name)) merged[at].Parameters.Add((name, value));
                    else if (!shared.Contains(name))
                        throw new KitException($"Method '{Name}': two of its methods train a '{name}' of their own. Leave one of the two out.");
                }
            }
            return [.. merged.Select(m => m.Part with { Parameters = m.Parameters })];
        }
    }

    /// <inheritdoc/>
    public IReadOnlyList<nn.Module> Modules => [.. _parts.SelectMany(p => p.Method.Modules).Distinct(ReferenceEqualityComparer.Instance).Cast<nn.Module>()];

    /// <inheritdoc/>
    public IReadOnlyDictionary<string, Tensor> State =>
        _parts.SelectMany((p, i) => p.Method.State.Select(t => (Key: $"{i}.{t.Key}", t.Value))).ToDictionary(t => t.Key, t => t.Value);

    IReadOnlyList<string> IStaged.Symbols => [.. _parts.SelectMany(p => p.Method is IStaged staged ? Chosen(p.Part, staged.Symbols) : []).Distinct()];

    /// <inheritdoc/>
    public Batch Prepare(Batch batch, Generator sampling, double progress)
    {
        var prepared = batch;
        foreach (var (method, _, _) in _parts)
        {
            var next = method.Prepare(prepared, sampling, progress);
            // The first and the last are the trainer's, those between nobody's.
            if (!ReferenceEquals(next, prepared) && !ReferenceEquals(prepared, batch)) prepared.Dispose();
            prepared = next;
        }
        return prepared;
    }

    /// <inheritdoc/>
    public void Evaluated(IReadOnlyDictionary<string, double> metrics)
    {
        foreach (var (method, _, _) in _parts) method.Evaluated(metrics);
    }

    /// <inheritdoc/>
    public void Restore(IReadOnlyDictionary<string, Tensor> state)
    {
        for (int i = 0; i < _parts.Length; i++)
        {
            string own = $"{i}.";
            _parts[i].Method.Restore(state.Where(t => t.Key.StartsWith(own, StringComparison.Ordinal)).ToDictionary(t => t.Key[own.Length..], t => t.Value));
        }
    }

    /// <inheritdoc/>
    public void Save(string folder)
    {
        foreach (var (method, _, _) in _parts) method.Save(folder);
    }

    /// <inheritdoc/>
    /// <exception cref="KitException">A chosen term is unknown, two methods have terms of one symbol, or none is left.</exception>
    public IReadOnlyList<LossTerm> Losses(Step step)
    {
        var all = _parts.Select(p => p.Method.Losses(step.Of(p.Method, _sharesTeacher))).ToArray();
        if (!_checked) Check(all);
        _checked = true;
        List<LossTerm> terms = [];
        foreach (var ((_, part, trains), given) in _parts.Zip(all))
            foreach (var term in given)
                if (part.Terms?.Contains(term.Symbol) != false)
                    terms.Add(term with { Symbol = part.Prefix + term.Symbol, Weight = part.Weight * term.Weight, Learner = term.Learner ?? trains });
        return terms.Count > 0 ? terms
            : throw new KitException($"Method '{Name}', step {step.Number}: none of the chosen terms is there. Of a method in stages, choose a term of each, or let 'intermediate' be 1 or 0.");
    }

    /// <summary>Lets go what the methods made.</summary>
    public void Dispose()
    {
        // In the opposite order: what was put onto a model last comes off first.
        foreach (var (method, _, _) in _parts.Reverse()) (method as IDisposable)?.Dispose();
    }

    // All that any of them wants to see; logits are left out where none of them wants them.
    private static Observe Together(IEnumerable<Observe> wishes)
    {
        Observe any = Observe.None, all = Observe.ScoredLogits;
        foreach (var wish in wishes) (any, all) = (any | wish, all & wish);
        return any & ~Observe.ScoredLogits | all;
    }

    private static IEnumerable<string> Chosen(Part part, IEnumerable<string> symbols) =>
        symbols.Where(s => part.Terms?.Contains(s) != false).Select(s => part.Prefix + s);

    // Whatever symbol a later stage will have is looked at in the first step: nobody wants to hear of it in the middle of a training.
    private void Check(IReadOnlyList<LossTerm>[] given)
    {
        Dictionary<string, string> owners = [];
        foreach (var ((method, part, _), terms) in _parts.Zip(given))
        {
            IReadOnlyList<string> known = [.. terms.Select(t => t.Symbol).Union((method as IStaged)?.Symbols ?? [])];
            foreach (var symbol in part.Terms ?? [])
                if (!known.Contains(symbol))
                {
                    var nearest = Nearest.To(symbol, known);
                    throw new KitException($"Method '{Name}': '{method.Name}' has no term '{symbol}'.{(nearest is null ? "" : $" Did you mean '{nearest}'?")} It has {string.Join(", ", known)}.");
                }
            foreach (var symbol in Chosen(part, known))
                if (!owners.TryAdd(symbol, method.Name))
                    throw new KitException($"Method '{Name}': both '{owners[symbol]}' and '{method.Name}' have a term '{symbol}'. Say in 'terms' which terms of each count, or set 'prefix' for one of them.");
        }
    }
}
