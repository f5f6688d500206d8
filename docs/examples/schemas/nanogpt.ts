import { defineConfig } from 'varve';

/**
 * The settings of nanoGPT's `train.py`, with its defaults (github.com/karpathy/nanoGPT): what its `configurator.py` reads
 * from a Python file and from flags. The flags here are those of a nanoGPT user: `--batch_size=32`, `--device=cpu`.
 */
export default defineConfig({
  name: 'nanogpt',
  file: 'nanogpt.json',
  envPrefix: 'NANOGPT',
  settings: {
    out_dir: { doc: 'Where checkpoints go', format: String, default: 'out' },
    eval_interval: { doc: 'Iterations between two evaluations', format: 'nat', min: 1, default: 2000 },
    log_interval: { doc: 'Iterations between two lines of the log', format: 'nat', min: 1, default: 1 },
    eval_iters: { doc: 'Batches of one evaluation', format: 'nat', default: 200 },
    eval_only: { doc: 'Ends after the first evaluation', format: Boolean, default: false },
    always_save_checkpoint: { doc: 'Saves after each evaluation, better or not', format: Boolean, default: true },
    init_from: {
      doc: 'scratch, resume, or the name of a GPT-2',
      pattern: '^(scratch|resume|gpt2.*)$',
      default: 'scratch',
    },
    wandb_log: { format: Boolean, default: false, identity: false },
    wandb_project: { default: 'owt', identity: false },
    wandb_run_name: { default: 'gpt2', identity: false },
    dataset: { doc: 'A folder of data/', default: 'openwebtext' },
    gradient_accumulation_steps: { doc: 'Small batches that make one', format: 'nat', min: 1, default: 40 },
    batch_size: { doc: 'Sequences of a small batch', format: 'nat', min: 1, default: 12 },
    block_size: { doc: 'Tokens of a sequence', format: 'nat', min: 1, default: 1024 },
    n_layer: { format: 'nat', min: 1, default: 12 },
    n_head: { format: 'nat', min: 1, default: 12 },
    n_embd: { format: 'nat', min: 1, default: 768 },
    dropout: { doc: '0 for pretraining', format: Number, min: 0, max: 1, default: 0 },
    bias: { doc: 'Whether layers have biases', format: Boolean, default: false },
    learning_rate: { doc: 'The highest', format: Number, min: 0, default: 6e-4 },
    max_iters: { format: 'nat', default: 600_000 },
    weight_decay: { format: Number, min: 0, default: 1e-1 },
    beta1: { format: Number, min: 0, max: 1, default: 0.9 },
    beta2: { format: Number, min: 0, max: 1, default: 0.95 },
    grad_clip: { doc: '0: gradients are not clipped', format: Number, min: 0, default: 1 },
    decay_lr: { format: Boolean, default: true },
    warmup_iters: { format: 'nat', default: 2000 },
    lr_decay_iters: { doc: 'About max_iters', format: 'nat', default: 600_000 },
    min_lr: { doc: 'About a tenth of learning_rate', format: Number, min: 0, default: 6e-5 },
    backend: { format: ['nccl', 'gloo'], default: 'nccl', identity: false },
    device: { doc: 'cpu, cuda, cuda:0, mps', pattern: '^(cpu|mps|cuda(:\\d+)?)$', default: 'cuda', identity: false },
    dtype: { format: ['float32', 'bfloat16', 'float16'], default: 'bfloat16' },
    compile: { doc: 'Compiles the model with PyTorch 2', format: Boolean, default: true, identity: false },
  },
});
