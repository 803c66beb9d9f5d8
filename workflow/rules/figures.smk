# Figures from stored tables, one rule a figure, so that each reruns alone within seconds.


include: "helpers/figures.smk"


for name in FIGURES:

    rule:
        name:
            f"figure_{name}"
        input:
            figure_tables(name),
        output:
            pdf=results(f"figures/{name}.pdf"),
            png=report(
                results(f"figures/{name}.png"),
                caption="../report/figure.rst",
                category="Figures",
            ),
            tsv=results(f"figures/{name}.tsv"),
        log:
            log_of(f"figures/{name}"),
        benchmark:
            benchmark_of(f"figures/{name}")
        # Seconds each: one submission for many, see `group-components` of the profile.
        group:
            "figures"
        conda:
            "../../envs/eeglrp.yaml"
        resources:
            mem_mb=memory(1500, 0),
            runtime=minutes(10, 0),
        params:
            module=questions.figure_modules()[name],
            caption=questions.figure_module(name).CAPTION,
            code=code("figures.py", questions.figure_modules()[name]),
        message:
            f"Draw {name}"
        script:
            "../scripts/figures.py"
