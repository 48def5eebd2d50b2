namespace ResearchKit.Analysis;

/// <summary>What a fit minimises; P is the teacher's distribution and Q the student's, as in section IV-B of arXiv 2409.12512.</summary>
public enum FitObjective
{
    /// <summary>KL(P ‖ Q).</summary>
    ForwardKl,

    /// <summary>KL(Q ‖ P).</summary>
    ReverseKl,

    /// <summary>½ KL(P ‖ M) + ½ KL(Q ‖ M), M = ½ (P + Q).</summary>
    JensenShannon,
}

/// <summary>A minimum of an objective over discretised Gaussians.</summary>
/// <param name="Objective">What was minimised.</param>
/// <param name="Temperature">T of the teacher, P^(1/T) made to add up to 1.</param>
/// <param name="Mean">μ.</param>
/// <param name="Deviation">σ.</param>
/// <param name="Probabilities">Q at each point.</param>
/// <param name="Value">The objective there, nats.</param>
/// <param name="Gradient">Norm of the objective's gradient by (μ, log σ) there.</param>
public sealed record FamilyFit(FitObjective Objective, double Temperature, double Mean, double Deviation, IReadOnlyList<double> Probabilities, double Value, double Gradient);
