# EEG-LRP: does an EEG foundation model look at the brain or at the eyes?
# The stages, in order, one file each; settings in config/, how and where jobs run in profiles.
from snakemake.utils import min_version

min_version("9.20")

# The demo, unless `--configfile` or the workflow that uses this one as a module brings a study.
if not workflow.overwrite_configfiles and not {"study", "datasets", "tasks"} <= set(config):

    configfile: workflow.current_basedir.join("config/demo.yaml").get_path_or_uri(secret_free=True)


include: "workflow/rules/common.smk"


# For `--sdm apptainer`; built from envs/eeglrp.def, nowhere to download.
container: CONTAINER


include: "workflow/rules/recordings.smk"
include: "workflow/rules/windows.smk"
include: "workflow/rules/splits.smk"
include: "workflow/rules/weights.smk"
include: "workflow/rules/train.smk"
include: "workflow/rules/attribute.smk"
include: "workflow/rules/arms.smk"
include: "workflow/rules/verify.smk"
include: "workflow/rules/arm_scores.smk"
include: "workflow/rules/evaluate.smk"
include: "workflow/rules/ocular.smk"
include: "workflow/rules/strategies.smk"
include: "workflow/rules/faithfulness.smk"
include: "workflow/rules/sanity.smk"
include: "workflow/rules/reliance.smk"
include: "workflow/rules/transfer.smk"
include: "workflow/rules/affect.smk"
include: "workflow/rules/variance.smk"
include: "workflow/rules/verdict.smk"
include: "workflow/rules/figures.smk"
include: "workflow/rules/report.smk"
include: "workflow/rules/explorer.smk"


# Once a run: jobs that Snakemake starts, here or on a cluster, have no such hooks.
onsuccess:
    logger.info(closing("success"))


onerror:
    logger.error(closing("failure"))


rule all:
    default_target: True
    input:
        results(paths.REPORT),
        figure_files(),
