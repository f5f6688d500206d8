import { defineConfig } from 'varve';

const STRATEGIES = ['no', 'steps', 'epoch'] as const;

/** A number, or "auto": then DeepSpeed takes it from the trainer. */
function numberOrAuto(value: unknown): void {
  if (value !== 'auto' && !(typeof value === 'number' && value >= 0))
    throw new Error('must be a number of at least 0, or "auto"');
}

/**
 * Most of the `TrainingArguments` of a Hugging Face trainer, with its defaults (huggingface.co/docs/transformers), and
 * the part of a DeepSpeed configuration that has to agree with them.
 */
export default defineConfig({
  name: 'trainer',
  file: 'training_args.json',
  envPrefix: 'TRAINER',
  settings: {
    output_dir: { doc: 'Where checkpoints go', format: String, default: 'trainer_output' },
    per_device_train_batch_size: { format: 'nat', min: 1, default: 8 },
    per_device_eval_batch_size: { format: 'nat', min: 1, default: 8 },
    auto_find_batch_size: { doc: 'Halves the batches where memory runs out', format: Boolean, default: false },
    gradient_accumulation_steps: { format: 'nat', min: 1, default: 1 },
    learning_rate: { format: Number, min: 0, default: 5e-5 },
    weight_decay: { format: Number, min: 0, default: 0 },
    adam_beta1: { format: Number, min: 0, max: 1, default: 0.9 },
    adam_beta2: { format: Number, min: 0, max: 1, default: 0.999 },
    adam_epsilon: { format: Number, min: 0, default: 1e-8 },
    max_grad_norm: { format: Number, min: 0, default: 1 },
    num_train_epochs: { doc: 'May have a fraction', format: Number, min: 0, default: 3 },
    max_steps: { doc: '-1: by num_train_epochs', format: 'int', min: -1, default: -1 },
    lr_scheduler_type: {
      format: [
        'linear',
        'cosine',
        'cosine_with_restarts',
        'polynomial',
        'constant',
        'constant_with_warmup',
        'inverse_sqrt',
      ],
      default: 'linear',
    },
    lr_scheduler_kwargs: { doc: 'What the scheduler takes: { "num_cycles": 1 }', format: Object, default: {} },
    warmup_ratio: { format: Number, min: 0, max: 1, default: 0 },
    warmup_steps: { format: 'nat', default: 0 },
    logging_strategy: { format: STRATEGIES, default: 'steps' },
    logging_steps: { doc: 'A fraction below 1 is one of all steps', format: Number, min: 0, default: 500 },
    eval_strategy: { format: STRATEGIES, default: 'no' },
    eval_steps: { format: Number, nullable: true, default: null },
    save_strategy: { format: [...STRATEGIES, 'best'], default: 'steps' },
    save_total_limit: { doc: 'null: all', format: 'nat', min: 1, nullable: true, default: null },
    load_best_model_at_end: { format: Boolean, default: false },
    metric_for_best_model: { format: String, nullable: true, default: null },
    seed: { format: 'nat', default: 42 },
    data_seed: { format: 'nat', nullable: true, default: null },
    bf16: { format: Boolean, default: false },
    fp16: { format: Boolean, default: false },
    tf32: { doc: 'null: as PyTorch has it', format: Boolean, nullable: true, default: null },
    optim: {
      format: ['adamw_torch', 'adamw_torch_fused', 'adafactor', 'sgd', 'adamw_bnb_8bit'],
      default: 'adamw_torch',
    },
    optim_args: { format: String, nullable: true, default: null },
    label_smoothing_factor: { format: Number, min: 0, max: 1, default: 0 },
    label_names: { format: Array, items: String, nullable: true, default: null },
    group_by_length: { format: Boolean, default: false },
    dataloader_num_workers: { format: 'nat', default: 0, identity: false },
    gradient_checkpointing: { format: Boolean, default: false },
    gradient_checkpointing_kwargs: { format: Object, nullable: true, default: null },
    neftune_noise_alpha: { format: Number, nullable: true, default: null },
    report_to: {
      format: Array,
      items: ['tensorboard', 'wandb', 'mlflow', 'comet_ml', 'none'],
      default: ['none'],
      identity: false,
    },
    resume_from_checkpoint: { format: String, nullable: true, default: null, identity: false },
    push_to_hub: { format: Boolean, default: false, identity: false },
    hub_token: {
      format: String,
      nullable: true,
      default: null,
      env: 'HF_TOKEN',
      arg: false,
      sensitive: true,
      identity: false,
    },
    deepspeed: {
      enabled: { format: Boolean, default: false },
      train_micro_batch_size_per_gpu: { format: numberOrAuto, default: 'auto' },
      gradient_clipping: { format: numberOrAuto, default: 'auto' },
      optimizer: {
        doc: '{ type, params }',
        format: Object,
        default: { type: 'AdamW', params: { lr: 'auto', betas: [0.9, 0.999], eps: 1e-8 } },
      },
      zero_optimization: {
        stage: { format: [0, 1, 2, 3], default: 2 },
        overlap_comm: { format: Boolean, default: true },
      },
    },
  },
});
